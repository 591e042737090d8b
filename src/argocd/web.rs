//! Sends requests to an identity provider. Headers and certificates that belong to Argo CD are used only if the
//! provider has Argo CD's own origin.

use std::time::Duration;

use futures_util::future::BoxFuture;
use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
};
use reqwest::header::HeaderMap;
use url::{Origin, Url};

use super::{Instance, Profile, fault};
use crate::error::{Error, Kind};

/// How long a provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Largest answer that is read, in bytes: a provider's keys and tokens are a few KB.
const CAP: usize = 1 << 20;

/// Sends requests to the identity provider of one instance.
#[derive(Clone, Debug)]
pub struct Web {
    /// Scheme, host and port of Argo CD.
    own: Option<Origin>,
    /// The client of the instance, with its certificate and its trusted certificates.
    instance: reqwest::Client,
    headers: HeaderMap,
    /// The client for other origins. Of Argo CD's settings it has only the CA certificates to trust, which are no
    /// secret.
    other: reqwest::Client,
}

impl Web {
    /// Makes the clients for the provider of an instance; `ca` are certificates to trust besides the system's.
    ///
    /// # Errors
    /// [`Kind::Configuration`]: the certificates cannot be used.
    pub fn new(instance: &Instance, ca: Option<Vec<u8>>) -> Result<Self, Error> {
        let bare = Profile { base_url: instance.base_url.clone(), ca, ..Profile::default() };
        Ok(Self {
            own: Url::parse(&instance.base_url).ok().map(|url| url.origin()),
            instance: instance.http.clone(),
            headers: instance.headers.clone(),
            other: Instance::new(&bare, None)?.http,
        })
    }

    /// Sends a request. An answer below 500 is returned, whatever its status. A broken connection, a redirect and a 5xx
    /// are errors that name the provider.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let request = reqwest::Request::try_from(request).map_err(|error| {
            Error::new(Kind::Protocol, "an address of the identity provider is none").because(error)
        })?;
        let url = request.url().clone();
        let of = |error: Error| {
            let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
            Error { message: format!("the identity provider at {place} {}", error.message), ..error }
        };
        self.exchange(request).await.map_err(of)
    }

    async fn exchange(&self, mut request: reqwest::Request) -> Result<HttpResponse, Error> {
        let own = self.own.as_ref() == Some(&request.url().origin());
        if own {
            for (name, value) in &self.headers {
                request.headers_mut().append(name.clone(), value.clone());
            }
        }
        *request.timeout_mut() = Some(PATIENCE);
        let client = if own { &self.instance } else { &self.other };
        let mut answer = client.execute(request).await.map_err(fault::transport)?;
        let status = answer.status();
        if status.is_redirection() && answer.headers().contains_key(LOCATION) {
            return Err(Error { hint: None, ..fault::refusal(status, answer.headers(), b"") });
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Error::new(Kind::Unavailable, format!("answered {}", status.as_u16())));
        }
        let mut body = vec![];
        while let Some(chunk) = answer.chunk().await.map_err(fault::transport)? {
            if body.len() + chunk.len() > CAP {
                return Err(Error::new(Kind::TooLarge, format!("answered more than {} MiB", CAP >> 20)));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(answer.headers_mut());
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'a> AsyncHttpClient<'a> for Web {
    type Error = Error;
    type Future = BoxFuture<'a, Result<HttpResponse, Error>>;

    fn call(&'a self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
