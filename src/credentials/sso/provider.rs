//! The identity provider: asks what it offers, and exchanges codes and refresh tokens for id tokens.

use std::sync::Arc;

use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, ResponseTypes, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreProviderMetadata, CoreResponseType,
        CoreTokenResponse,
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{Tokens, settings};
use crate::{
    argocd::{Instance, Web, claims::Claims},
    error::{Error, Kind},
};

/// The scope that asks for a refresh token. Some providers do not know it and refuse requests that have it.
const OFFLINE: &str = "offline_access";

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;
type TokenError = RequestTokenError<Error, openidconnect::StandardErrorResponse<CoreErrorResponseType>>;

/// A provider that has told what it offers.
pub(super) struct Provider {
    metadata: CoreProviderMetadata,
    registration: settings::Registration,
    client: Client,
    web: Web,
}

/// The request of a sign-in, with what is needed to check its answer.
pub(super) struct Begun {
    /// The address at which a person signs in.
    pub(super) address: String,
    /// The state that the answer must have.
    pub(super) state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// Why a refresh token was not exchanged for new tokens.
pub(super) enum NotRefreshed {
    /// The provider will never take this refresh token.
    Refused(Error),
    /// The provider may take it the next time.
    Later(Error),
}

impl Provider {
    /// Finds the provider of an instance, and asks what it offers.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: this Argo CD has no single sign-on, or the provider is misconfigured. Errors of the
    /// requests to both.
    pub(super) async fn discover(instance: &Arc<Instance>, web: &Web, port: u16) -> Result<Self, Error> {
        let registration = settings::registration(instance).await?;
        let issuer = &registration.issuer;
        let wrong = |problem: String| {
            Error::new(
                Kind::Configuration,
                format!("the identity provider {issuer} of {} {problem}", instance.base_url),
            )
            .hint("Whoever runs this Argo CD sets it in argocd-cm: `url` for Dex, `oidc.config` for others.")
        };
        let url = IssuerUrl::new(issuer.clone()).map_err(|_| wrong("is not a URL".into()))?;
        let metadata = CoreProviderMetadata::discover_async(url, web).await.map_err(|error| match error {
            DiscoveryError::Request(error) => error.hint_if_none(format!(
                "Argo CD at {} says that people sign in there: is it up, and reachable from this machine?",
                instance.base_url
            )),
            DiscoveryError::Response(status, ..) => {
                wrong(format!("answered {} when asked what it offers", status.as_u16()))
            }
            DiscoveryError::Parse(error) => {
                wrong(format!("did not say what it offers in the way of OpenID Connect: {}", error.inner())).hint(
                    "Its /.well-known/openid-configuration is wrong or incomplete: that is for whoever runs the provider to mend, unless `issuer` in argocd-cm leads to something else.",
                )
            }
            // The text of this error names both issuers.
            DiscoveryError::Validation(both) => wrong(format!("says that it is another one: {both}"))
                .hint("The issuer that Argo CD has (`issuer` in oidc.config, or `url` for Dex) must be the provider's own, to the last slash."),
            _ => wrong("cannot be asked what it offers".into()),
        })?;
        let code = |types: &ResponseTypes<CoreResponseType>| types.contains(&CoreResponseType::Code);
        if !metadata.response_types_supported().iter().any(code) {
            return Err(wrong("does not offer the authorization code flow".into()));
        }
        if !matches!(metadata.authorization_endpoint().url().scheme(), "http" | "https")
            || metadata.token_endpoint().is_none()
        {
            return Err(wrong("lacks an address to sign in at".into()));
        }
        let redirect = RedirectUrl::new(format!("http://localhost:{port}{}", super::callback::PATH))
            .map_err(|_| wrong("cannot be answered".into()))?;
        let client =
            CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(registration.client_id.clone()), None)
                .set_redirect_uri(redirect);
        Ok(Self { metadata, registration, client, web: web.clone() })
    }

    /// The provider, and the client that this program is to it, for `doctor`.
    pub(super) fn describe(&self) -> String {
        let renews = if self.asks_offline() { "" } else { ", which gives no refresh tokens" };
        format!(
            "{} answers{renews}; this program is its client {}",
            self.registration.issuer, self.registration.client_id
        )
    }

    /// Whether the provider is Argo CD's own Dex.
    pub(super) fn is_bundled(&self) -> bool {
        self.registration.bundled
    }

    /// Whether tokens of this issuer are of this provider.
    pub(super) fn is(&self, issuer: &str) -> bool {
        self.registration.issuer == issuer
    }

    fn asks_offline(&self) -> bool {
        let scopes = self.metadata.scopes_supported();
        scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope.as_str() == OFFLINE))
    }

    /// Begins a sign-in, with PKCE.
    pub(super) fn begin(&self) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = || CsrfToken::new_random_len(32);
        let nonce = || Nonce::new_random_len(32);
        // The crate adds `openid` itself.
        let scopes = self.registration.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        let offline = Some(OFFLINE)
            .filter(|offline| self.asks_offline() && !self.registration.scopes.iter().any(|scope| scope == offline));
        let mut request = self
            .client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, state, nonce)
            .add_scopes(scopes.chain(offline).map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .add_extra_param("access_type", "offline");
        if let Some(claims) = &self.registration.claims {
            request = request.add_extra_param("claims", claims.to_string());
        }
        let (address, state, nonce) = request.url();
        Begun { address: address.to_string(), state, nonce, verifier }
    }

    /// Exchanges the code of a sign-in for tokens.
    ///
    /// # Errors
    /// [`Kind::Refused`]: the provider refused, or gave an id token that is not valid. Errors of the request.
    pub(super) async fn exchange(&self, begun: Begun, code: String) -> Result<Tokens, Error> {
        let Begun { nonce, verifier, .. } = begun;
        let request = self.client.exchange_code(AuthorizationCode::new(code)).map_err(|_| self.lacks())?;
        let answer =
            request.set_pkce_verifier(verifier).request_async(&self.web).await.map_err(|error| self.refusal(error))?;
        self.tokens(&answer, &nonce)
    }

    /// Exchanges a refresh token for new tokens of the same person (OIDC Core §12.2). Without a new refresh token the
    /// old one stays.
    pub(super) async fn refresh(&self, id: &SecretString, refresh: &SecretString) -> Result<Tokens, NotRefreshed> {
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let request = self.client.exchange_refresh_token(&token).map_err(|_| NotRefreshed::Later(self.lacks()))?;
        let answer = request.request_async(&self.web).await.map_err(|error| {
            let passing = match &error {
                RequestTokenError::ServerResponse(refusal) => {
                    matches!(refusal.error().as_ref(), "temporarily_unavailable" | "server_error" | "slow_down")
                }
                _ => true,
            };
            let refusal = without(self.refusal(error), refresh);
            if passing { NotRefreshed::Later(refusal) } else { NotRefreshed::Refused(refusal) }
        })?;
        // The request for a refreshed token has no nonce.
        let tokens = self.tokens(&answer, |_: Option<&Nonce>| Ok(())).map_err(NotRefreshed::Refused)?;
        let subject = |token: &SecretString| Claims::of(token).map(|claims| claims.subject);
        if subject(id) != subject(&tokens.id) {
            let message =
                format!("the identity provider {} answered with a token of somebody else", self.registration.issuer);
            return Err(NotRefreshed::Refused(Error::new(Kind::Refused, message)));
        }
        Ok(Tokens { refresh: tokens.refresh.or_else(|| Some(refresh.clone())), ..tokens })
    }

    /// Reads the tokens of an answer. The id token is verified here, because Argo CD would say less about why it is not
    /// valid.
    fn tokens(&self, answer: &CoreTokenResponse, nonce: impl NonceVerifier) -> Result<Tokens, Error> {
        let wrong = |problem: String| {
            Error::new(Kind::Refused, format!("the identity provider {} {problem}", self.registration.issuer))
        };
        let id = answer.id_token().ok_or_else(|| wrong("gave no id token, which is what Argo CD takes".into()))?;
        // As for Argo CD it is enough that this client is among the audiences.
        let verifier = self.client.id_token_verifier().set_other_audience_verifier_fn(|_| true);
        let claims = id.claims(&verifier, nonce).map_err(|error| {
            let wrong = wrong(format!("gave an id token that does not hold: {error}"));
            match error {
                ClaimsVerificationError::Expired(_) => wrong.hint("Is this machine's clock right?"),
                ClaimsVerificationError::SignatureVerification(_) => wrong.hint(
                    "The keys it publishes (jwks_uri) are not those it signs with: perhaps it changes them just now. Ask again, or ask whoever runs it.",
                ),
                _ => wrong,
            }
        })?;
        Ok(Tokens {
            id: SecretString::from(id.to_string()),
            refresh: answer.refresh_token().map(|token| SecretString::from(token.secret().clone())),
            expires: claims.expiration().timestamp(),
        })
    }

    fn lacks(&self) -> Error {
        Error::new(
            Kind::Configuration,
            format!("the identity provider {} lacks a token endpoint", self.registration.issuer),
        )
    }

    /// The error for a refusal of the provider. It never has the body, which may hold tokens.
    fn refusal(&self, error: TokenError) -> Error {
        let issuer = &self.registration.issuer;
        let mut hint = None;
        let said = match error {
            RequestTokenError::Request(error) => return error,
            RequestTokenError::ServerResponse(refusal) => {
                if matches!(refusal.error().as_ref(), "invalid_client" | "unauthorized_client") {
                    hint = Some(format!(
                        "This program is its client {}, without a secret: whoever runs this Argo CD sets cliClientID in oidc.config to a public client.",
                        self.registration.client_id
                    ));
                }
                let description = refusal.error_description().map(|text| format!(": {text}")).unwrap_or_default();
                format!("refused: {}{description}", refusal.error().as_ref())
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                return Error::new(
                    Kind::Protocol,
                    format!("the identity provider {issuer} did not answer as OpenID Connect wants"),
                );
            }
        };
        Error { hint, ..Error::new(Kind::Refused, format!("the identity provider {issuer} {said}")) }
    }
}

/// The error, unless it repeats the secret that was sent, in any encoding; then one that does not.
fn without(error: Error, sent: &SecretString) -> Error {
    let folded = |text: &str| -> String {
        let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        plain.chars().filter(char::is_ascii_alphanumeric).collect()
    };
    match folded(&error.message).contains(&folded(sent.expose_secret())) {
        true => {
            Error { message: "the identity provider refused, in words that repeat what it was sent".into(), ..error }
        }
        false => error,
    }
}
