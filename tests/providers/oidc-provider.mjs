// The npm oidc-provider as a company would run it for Argo CD: public clients, PKCE required, refresh tokens that rotate.
// Arguments: its module, port, port of the callback. Prints "ready", then one JSON line for each token request.
import { generateKeyPairSync } from "node:crypto";

const [module, port, callback] = process.argv.slice(2);
const { Provider } = await import(module);

const client = (client_id, ...grants) => ({
  client_id,
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", ...grants],
  redirect_uris: [`http://localhost:${callback}/auth/callback`],
});

const account = (sub) => ({
  accountId: sub,
  claims: () => ({ sub, email: sub, groups: ["operators"] }),
});

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client("hour", "refresh_token"), client("seconds", "refresh_token"), client("once")],
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256", kid: "made-at-start" }] },
  cookies: { keys: ["not-a-secret"] },
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email"], groups: ["groups"] },
  features: { claimsParameter: { enabled: true }, devInteractions: { enabled: true } },
  findAccount: (_, sub) => account(sub),
  // OpenID Connect wants prompt=consent before offline_access counts, which the argocd command line does not send;
  // providers that people use with it are as lenient.
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  ttl: {
    IdToken: (_, token, { clientId }) => (clientId === "seconds" ? 10 : 3600),
    AccessToken: 3600,
    AuthorizationCode: 60,
    Grant: 3600,
    Interaction: 600,
    RefreshToken: 3600,
    Session: 3600,
  },
});

const tell = (outcome) => (ctx) =>
  console.log(JSON.stringify({ outcome, grant: ctx.oidc.params?.grant_type, client: ctx.oidc.params?.client_id }));
provider.on("grant.success", tell("given"));
provider.on("grant.error", tell("refused"));
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
