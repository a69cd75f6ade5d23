// Signing in through a provider of OpenID Connect: one that others wrote (oidc-provider), and one that sends
// what no provider should, of which nothing is taken.
import { createHash, createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import Provider from "oidc-provider";
import { ask, assert, county, run, serve, servePublic, shire, test } from "./harness.mjs";

process.env.NODE_ENV = "test";

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

const dir = await county(500, []);
const secret = "a secret of the client / with + signs";
const secretFile = join(dir, "client.secret");
writeFileSync(secretFile, `${secret}\n`);
chmodSync(secretFile, 0o600);
const client = "shire";

async function identity(account, issuer, subject) {
    const { status, stderr } = await shire(["access", dir, "account", "identity", account, "--issuer", issuer, "--subject", subject]);
    assert.equal(status, 0, stderr);
}

async function serveFor(issuer, ...options) {
    const server = await servePublic(dir, "http", "--log", "--openid-issuer", issuer, "--openid-client", client, ...options);
    return { ...server, redirect: `${server.url}/sign-in/provider/answer` };
}

// ---- the provider that others wrote ----

let provider, subject = "sub-1234";
const host = http.createServer(async (request, response) => {
    if (request.url.startsWith("/interaction/")) {
        // Signs in and consents for the person at once.
        const { prompt, params, session } = await provider.interactionDetails(request, response);
        if (prompt.name === "login") {
            return provider.interactionFinished(request, response, { login: { accountId: subject } });
        }
        const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
        grant.addOIDCScope("openid");
        return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    }
    return provider.callback()(request, response);
});
const issuer = await listen(host);
const real = await serveFor(issuer, "--openid-secret", secretFile);
provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [real.redirect], token_endpoint_auth_method: "client_secret_basic" }],
    pkce: { required: () => true, methods: ["S256"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ["test"] },
});

// Follows the browser's way over both servers; cookies by host. Gives the last answer and every address.
class Traveller {
    jars = new Map();

    async go(address) {
        const visited = [];
        for (let hops = 0; hops < 12; hops++) {
            const url = new URL(address);
            const jar = this.jars.get(url.host) ?? new Map();
            this.jars.set(url.host, jar);
            const answer = await ask({ port: url.port }, "GET", url.pathname + url.search,
                { headers: { host: url.host, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") } });
            for (const line of answer.headers["set-cookie"] ?? []) {
                const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
                /max-age=0|expires=Thu, 01 Jan 1970/i.test(line) ? jar.delete(name) : jar.set(name, value);
            }
            visited.push(address);
            if (answer.headers.location === undefined) {
                return { ...answer, visited };
            }
            address = new URL(answer.headers.location, address).href;
        }
        throw new Error("too many redirects");
    }

    cookie(server, name) {
        return this.jars.get(`127.0.0.1:${server.port}`)?.get(name);
    }
}

test("somebody signs in through a provider that others wrote", async () => {
    await identity("dr.hughes", issuer, subject);
    const form = await ask(real, "GET", "/sign-in");
    assert.match(form.body, /href="\/sign-in\/provider"/);
    const traveller = new Traveller();
    const answer = await traveller.go(`${real.url}/sign-in/provider`);
    assert.equal(answer.status, 200, answer.body.slice(0, 500));
    const asked = new URL(answer.visited.find((address) => address.startsWith(`${issuer}/auth?`)));
    assert.equal(asked.searchParams.get("code_challenge_method"), "S256");
    const token = traveller.cookie(real, "shire");
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.equal(traveller.cookie(real, "shire-provider"), undefined);
    const account = await ask(real, "GET", "/api/v1/account", { headers: { authorization: `Bearer ${token}` } });
    assert.equal(JSON.parse(account.body).account, "dr.hughes");
});

test("an answer that was taken is not taken again, nor without its cookie, nor with another's", async () => {
    const traveller = new Traveller();
    const begun = await ask(real, "GET", "/sign-in/provider");
    const [cookie] = begun.headers["set-cookie"].map((line) => line.split(";")[0]);
    traveller.jars.set(`127.0.0.1:${real.port}`, new Map([cookie.split("=")]));
    const { visited } = await traveller.go(begun.headers.location);
    const answer = visited.find((address) => address.startsWith(real.redirect));
    assert.match(traveller.cookie(real, "shire"), /^[0-9a-f]{64}$/);
    const path = answer.slice(real.url.length);
    const other = (await ask(real, "GET", "/sign-in/provider")).headers["set-cookie"][0].split(";")[0];
    for (const sent of [cookie, "", other, "shire-provider=AAAA"]) {
        const again = await ask(real, "GET", path, { headers: { cookie: sent } });
        assert.equal(again.status, 422, sent);
        assert.ok(!(again.headers["set-cookie"] ?? []).some((line) => /^shire=/.test(line)));
    }
});

test("who is no account here does not come in, and a disabled account neither", async () => {
    subject = "sub-unknown";
    const traveller = new Traveller();
    const answer = await traveller.go(`${real.url}/sign-in/provider`);
    assert.equal(answer.status, 422);
    assert.match(answer.body, /no account here is yours/);
    assert.equal(traveller.cookie(real, "shire"), undefined);
    await identity("dr.morgan", issuer, subject);
    assert.equal((await new Traveller().go(`${real.url}/sign-in/provider`)).status, 200);
    assert.equal((await shire(["access", dir, "account", "disable", "dr.morgan"])).status, 0);
    assert.equal((await new Traveller().go(`${real.url}/sign-in/provider`)).status, 422);
});

// ---- the provider that sends what no provider should ----

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function signed(header, claims, { privateKey } = keys) {
    const text = `${base64(header)}.${base64(claims)}`;
    const key = header.alg.startsWith("ES") ? { key: privateKey, dsaEncoding: "ieee-p1363" } : privateKey;
    return `${text}.${createSign("SHA256").update(text).sign(key).toString("base64url")}`;
}

const now = () => Math.floor(Date.now() / 1000);
const rsa = { alg: "RS256", kid: "one" };
// What it sends by the name of the code: a function of the good claims.
const tokens = {
    good: (claims) => signed(rsa, claims),
    curve: (claims) => signed({ alg: "ES256", kid: "curve" }, claims, curve),
    several: (claims) => signed(rsa, { ...claims, aud: [client, "another"], azp: client }),
    nonce: (claims) => signed(rsa, { ...claims, nonce: "another" }),
    no_nonce: ({ nonce, ...claims }) => signed(rsa, claims),
    expired: (claims) => signed(rsa, { ...claims, exp: now() - 120 }),
    no_end: ({ exp, ...claims }) => signed(rsa, claims),
    future: (claims) => signed(rsa, { ...claims, iat: now() + 600 }),
    not_yet: (claims) => signed(rsa, { ...claims, nbf: now() + 600 }),
    old: (claims) => signed(rsa, { ...claims, iat: now() - 7200 }),
    audience: (claims) => signed(rsa, { ...claims, aud: "another" }),
    audiences: (claims) => signed(rsa, { ...claims, aud: [client, "another"] }),
    party: (claims) => signed(rsa, { ...claims, aud: [client, "another"], azp: "another" }),
    issuer: (claims) => signed(rsa, { ...claims, iss: "https://elsewhere.example" }),
    nobody: ({ sub, ...claims }) => signed(rsa, claims),
    none: (claims) => `${base64({ alg: "none" })}.${base64(claims)}.`,
    none_named: (claims) => `${base64({ alg: "none", kid: "one" })}.${base64(claims)}.`,
    secret: (claims) => {
        const text = `${base64({ alg: "HS256", kid: "one" })}.${base64(claims)}`;
        return `${text}.${createHmac("sha256", keys.publicKey.export({ type: "spki", format: "pem" })).update(text).digest("base64url")}`;
    },
    other_key: (claims) => signed(rsa, claims, others),
    unknown_key: (claims) => signed({ alg: "RS256", kid: "three" }, claims, others),
    weak_key: (claims) => signed({ alg: "RS256", kid: "weak" }, claims, weak),
    wrong_kind: (claims) => signed({ alg: "ES256", kid: "one" }, claims, curve),
    changed: (claims) => signed(rsa, claims).replace(/\.[^.]+\./, `.${base64({ ...claims, sub: "admin" })}.`),
    broken: () => "no token",
    absent: () => undefined,
};
let flow; // { nonce, challenge } of the sign-in under way
const faulty = http.createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const send = (value, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.url === "/.well-known/openid-configuration") {
        return send({ issuer: origin, authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/keys` });
    }
    if (request.url === "/keys") {
        return send({ keys: [["one", keys], ["weak", weak], ["curve", curve]].map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: "jwk" }), kid, use: "sig" })) });
    }
    let body = "";
    request.on("data", (data) => (body += data)).on("end", () => {
        const form = new URLSearchParams(body);
        const proves = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url") === flow.challenge;
        const make = tokens[form.get("code")];
        if (make === undefined || !proves) {
            return send({ error: "invalid_grant" }, 400);
        }
        return send({ access_token: "x", token_type: "Bearer", id_token: make({ iss: origin, sub: "faulty-1", aud: client, exp: now() + 300, iat: now(), nonce: flow.nonce }) });
    });
});
const faultyIssuer = await listen(faulty);
const wary = await serveFor(faultyIssuer);

async function signInBy(code) {
    const begun = await ask(wary, "GET", "/sign-in/provider");
    assert.equal(begun.status, 303);
    const asked = new URL(begun.headers.location).searchParams;
    flow = { nonce: asked.get("nonce"), challenge: asked.get("code_challenge") };
    assert.equal(asked.get("redirect_uri"), wary.redirect);
    return ask(wary, "GET", `/sign-in/provider/answer?code=${code}&state=${asked.get("state")}`, { headers: { cookie: begun.headers["set-cookie"][0].split(";")[0] } });
}

const comesIn = ({ headers }) => (headers["set-cookie"] ?? []).some((line) => /^shire=[0-9a-f]{64}/.test(line));

test("a token is taken when everything in it holds", async () => {
    await identity("sw.lewis", faultyIssuer, "faulty-1");
    await identity("admin.roberts", faultyIssuer, "admin");
    for (const code of ["good", "curve", "several"]) {
        const answer = await signInBy(code);
        assert.equal(answer.status, 303, `${code}: ${wary.log()}`);
        assert.ok(comesIn(answer), code);
    }
});

for (const code of Object.keys(tokens).slice(3)) {
    test(`no token is taken that is wrong: ${code}`, async () => {
        const answer = await signInBy(code);
        assert.equal(answer.status, 422, answer.body.slice(0, 300));
        assert.ok(!comesIn(answer));
        assert.match(answer.body, /Sign in again/);
    });
}

test("a code that the provider does not take, or a provider that is gone, lets nobody in", async () => {
    assert.equal((await signInBy("unknown")).status, 422);
    faulty.closeAllConnections();
    await new Promise((resolve) => faulty.close(resolve));
    const gone = await signInBy("good");
    assert.equal(gone.status, 500);
    assert.ok(!comesIn(gone));
    assert.doesNotMatch(wary.log(), /faulty-1|sw\.lewis|state=|nonce/);
});

test("what the options lack is told in a sentence", async () => {
    const wrong = [["--openid-issuer", issuer, "--openid-client", client], ["--public-url", "http://127.0.0.1:1", "--openid-issuer", "http://elsewhere.example", "--openid-client", client],
        ["--public-url", "http://127.0.0.1:1", "--openid-issuer", issuer]];
    chmodSync(secretFile, 0o644);
    wrong.push(["--public-url", "http://127.0.0.1:1", "--openid-issuer", issuer, "--openid-client", client, "--openid-secret", secretFile]);
    for (const options of wrong) {
        const { status, stderr } = await shire(["serve", dir, "--port", "0", ...options]);
        assert.equal(status, 2, options.join(" "));
        assert.match(stderr, /^shire serve: .{30,}/);
    }
    const plain = await serve(dir);
    assert.equal((await ask(plain, "GET", "/sign-in/provider")).status, 404);
    assert.equal((await ask(plain, "GET", "/sign-in/provider/answer?code=x&state=y")).status, 404);
    assert.doesNotMatch((await ask(plain, "GET", "/sign-in")).body, /sign-in\/provider/);
});

await run();
