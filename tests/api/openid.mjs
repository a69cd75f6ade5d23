// Signing in through a provider of OpenID Connect: one that others wrote (oidc-provider), and one that sends
// what no provider should, of which nothing is taken.
import { createHash, createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import Provider from "oidc-provider";
import { ask, assert, county, done, password, run, serve, servePublic, shire, test, until } from "./harness.mjs";

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
const emails = new Map(); // of subjects: [address, verified]
const host = http.createServer(async (request, response) => {
    if (request.url.startsWith("/interaction/")) {
        // Signs in and consents for the person at once.
        const { prompt, params, session } = await provider.interactionDetails(request, response);
        if (prompt.name === "login") {
            return provider.interactionFinished(request, response, { login: { accountId: subject } });
        }
        const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
        grant.addOIDCScope("openid email");
        return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    }
    return provider.callback()(request, response);
});
const issuer = await listen(host);
const real = await serveFor(issuer, "--openid-secret", secretFile);
provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [real.redirect], post_logout_redirect_uris: [`${real.url}/`], token_endpoint_auth_method: "client_secret_basic",
        backchannel_logout_uri: `${real.url}/sign-in/provider/logout`, backchannel_logout_session_required: true }],
    pkce: { required: () => true, methods: ["S256"] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: emails.get(id)?.[0], email_verified: emails.get(id)?.[1] }) }),
    cookies: { keys: ["test"] },
});

// Follows the browser's way over both servers; cookies by host. Gives the last answer and every address.
class Traveller {
    jars = new Map();

    // Sends a form of the page at `address`, by its id; of several buttons the one of that name.
    async submit(page, address, button) {
        const [, form] = /<form[^>]*>([\s\S]*?)<\/form>/.exec(page.body);
        const action = new URL(/action="([^"]+)"/.exec(page.body)[1], address);
        const fields = new URLSearchParams([...form.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
        fields.set(button, "yes");
        return ask({ port: action.port }, "POST", action.pathname + action.search, {
            headers: { host: action.host, cookie: [...this.jars.get(action.host)].map(([name, value]) => `${name}=${value}`).join("; "), "content-type": "application/x-www-form-urlencoded" },
            body: fields.toString(),
        });
    }

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

async function expected(account, email, issuerOfEmail = issuer) {
    const { status, stderr } = await shire(["access", dir, "account", "identity", account, "--issuer", issuerOfEmail, "--email", email]);
    assert.equal(status, 0, stderr);
}

async function accountOf(traveller) {
    const token = traveller.cookie(real, "shire");
    return token === undefined ? undefined : JSON.parse((await ask(real, "GET", "/api/v1/account", { headers: { authorization: `Bearer ${token}` } })).body).account;
}

test("an address that an administrator entered and the provider verified opens the account, once", async () => {
    await expected("nurse.price", "Nia.Price@Hospital.example");
    const comeAs = async (id, email, verified) => {
        subject = id;
        emails.set(id, [email, verified]);
        const traveller = new Traveller();
        const { status } = await traveller.go(`${real.url}/sign-in/provider`);
        return [status, await accountOf(traveller)];
    };
    assert.deepEqual(await comeAs("sub-liar", "nia.price@hospital.example", false), [422, undefined]);
    assert.deepEqual(await comeAs("sub-silent", "nia.price@hospital.example", undefined), [422, undefined]);
    assert.deepEqual(await comeAs("sub-other", "nia.prize@hospital.example", true), [422, undefined]);
    assert.deepEqual(await comeAs("sub-nia", "nia.price@hospital.example", true), [200, "nurse.price"]);
    // Her address goes to somebody else, she gets another one.
    assert.deepEqual(await comeAs("sub-heir", "nia.price@hospital.example", true), [422, undefined]);
    assert.deepEqual(await comeAs("sub-nia", "nia.jones@hospital.example", true), [200, "nurse.price"]);
    const log = (await shire(["audit", "log", dir, "--subject", "nurse.price", "--json"])).stdout;
    assert.match(log, /is expected through .* as nia\.price@hospital\.example/);
    assert.match(log, /signs in through .*, as nia\.price@hospital\.example/);
    const { status, stderr } = await shire(["access", dir, "account", "identity", "nurse.price", "--issuer", issuer]);
    assert.equal(status, 2, stderr);
});

test("who signs out is told of the provider's own session, and led to its end", async () => {
    subject = "sub-nia";
    const traveller = new Traveller();
    await traveller.go(`${real.url}/sign-in/provider`);
    const cookie = `shire=${traveller.cookie(real, "shire")}`;
    const csrf = /name="csrf" value="([^"]+)"/.exec((await ask(real, "GET", "/", { headers: { cookie } })).body)[1];
    const out = await ask(real, "POST", "/sign-out", { headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: `csrf=${csrf}` });
    assert.deepEqual([out.status, out.headers.location], [303, "/signed-out"]);
    assert.equal((await ask(real, "GET", "/people", { headers: { cookie } })).headers.location, "/sign-in");
    assert.match((await ask(real, "GET", "/signed-out")).body, /href="\/sign-out\/provider"/);
    const end = await traveller.go(`${real.url}/sign-out/provider`);
    assert.equal(end.status, 200, end.body);
    assert.match(end.body, /sign-?out|logout/i);
    const asked = new URL(end.visited[1]);
    assert.deepEqual([asked.origin, asked.searchParams.get("client_id"), asked.searchParams.get("post_logout_redirect_uri")], [issuer, client, `${real.url}/`]);
});

test("who signs out at the provider is signed out here, in that session alone", async () => {
    subject = "sub-nia";
    const [here, there] = [new Traveller(), new Traveller()];
    for (const traveller of [here, there]) {
        await traveller.go(`${real.url}/sign-in/provider`);
        assert.equal(await accountOf(traveller), "nurse.price");
    }
    const end = await here.go(`${real.url}/sign-out/provider`); // the provider asks, and tells us itself
    assert.equal(await accountOf(here), "nurse.price");
    const ended = await here.submit(end, end.visited.at(-1), "logout");
    assert.ok(ended.status < 400, ended.body);
    await until("the provider to say so", async () => (await accountOf(here)) === undefined);
    assert.equal(await accountOf(there), "nurse.price");
    const log = JSON.parse((await shire(["audit", "log", dir, "--subject", "nurse.price", "--json"])).stdout);
    assert.equal(log.filter(({ kind, detail }) => kind === "sign-out" && detail === "signed out by the provider").length, 1);
});

// ---- the provider that sends what no provider should ----

let keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function signed(header, claims, { privateKey } = keys) { // by the key of the moment
    const text = `${base64(header)}.${base64(claims)}`;
    const key = header.alg.startsWith("ES") ? { key: privateKey, dsaEncoding: "ieee-p1363" } : privateKey;
    return `${text}.${createSign("SHA256").update(text).sign(key).toString("base64url")}`;
}

const now = () => Math.floor(Date.now() / 1000);
const rsa = { alg: "RS256", kid: "one" };
// What it sends by the name of the code: a function of the good claims.
const tokens = {
    good: (claims) => signed(rsa, claims),
    named_anew: (claims) => signed({ alg: "RS256", kid }, claims),
    curve: (claims) => signed({ alg: "ES256", kid: "curve" }, claims, curve),
    several: (claims) => signed(rsa, { ...claims, aud: [client, "another"], azp: client }),
    session: (claims) => signed(rsa, { ...claims, sid: "session-1" }),
    other_session: (claims) => signed(rsa, { ...claims, sid: "session-2" }),
    email: (claims) => signed(rsa, { ...claims, sub: "faulty-email", email: "sw@council.example", email_verified: "true" }),
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
let kid = "one", isSlow = false, secretSent = null; // of the client; null: it is a public one
let flow; // { nonce, challenge } of the sign-in under way
const faulty = http.createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    if (isSlow) {
        return;
    }
    const send = (value, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.url === "/.well-known/openid-configuration") {
        return send({ issuer: origin, authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/keys` });
    }
    if (request.url === "/keys") {
        return send({ keys: [[kid, keys], ["weak", weak], ["curve", curve]].map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: "jwk" }), kid, use: "sig" })) });
    }
    let body = "";
    request.on("data", (data) => (body += data)).on("end", () => {
        const form = new URLSearchParams(body);
        const proves = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url") === flow.challenge;
        const make = tokens[form.get("code")];
        const basic = secretSent === null ? undefined : `Basic ${Buffer.from(`${client}:${encodeURIComponent(secretSent)}`).toString("base64")}`;
        if (request.headers.authorization !== basic) {
            return send({ error: "invalid_client" }, 401);
        }
        if (form.get("code") === "broken_down") {
            return send({ error: "server_error" }, 500);
        }
        if (make === undefined || !proves) {
            return send({ error: "invalid_grant" }, 400);
        }
        return send({ access_token: "x", token_type: "Bearer", id_token: make({ iss: origin, sub: "faulty-1", aud: client, exp: now() + 300, iat: now(), nonce: flow.nonce }) });
    });
});
const faultyIssuer = await listen(faulty);
const wary = await serveFor(faultyIssuer);

async function signInBy(code, server = wary) {
    const begun = await ask(server, "GET", "/sign-in/provider");
    assert.equal(begun.status, 303);
    const asked = new URL(begun.headers.location).searchParams;
    flow = { nonce: asked.get("nonce"), challenge: asked.get("code_challenge") };
    assert.equal(asked.get("redirect_uri"), server.redirect);
    return ask(server, "GET", `/sign-in/provider/answer?code=${code}&state=${asked.get("state")}`, { headers: { cookie: begun.headers["set-cookie"][0].split(";")[0] } });
}

const comesIn = ({ headers }) => (headers["set-cookie"] ?? []).some((line) => /^shire=[0-9a-f]{64}/.test(line));

test("a token is taken when everything in it holds", async () => {
    await identity("sw.lewis", faultyIssuer, "faulty-1");
    await identity("admin.roberts", faultyIssuer, "admin");
    await expected("housing.watkins", "sw@council.example", faultyIssuer);
    for (const code of ["good", "curve", "several", "session", "email"]) {
        const answer = await signInBy(code);
        assert.equal(answer.status, 303, `${code}: ${wary.log()}`);
        assert.ok(comesIn(answer), code);
    }
});

for (const code of Object.keys(tokens).slice(7)) {
    test(`no token is taken that is wrong: ${code}`, async () => {
        const answer = await signInBy(code);
        assert.equal(answer.status, 422, answer.body.slice(0, 300));
        assert.ok(!comesIn(answer));
        assert.match(answer.body, /Sign in again/);
    });
}

// A sign-out that the provider sends itself; `change` spoils its claims.
let sent = 0;
const ending = (change = {}, header = rsa, key = keys) =>
    signed(header, { iss: faultyIssuer, aud: client, iat: now(), exp: now() + 120, jti: `ending-${++sent}`, sub: "faulty-1", events: { "http://schemas.openid.net/event/backchannel-logout": {} }, ...change }, key);
const send = (token, headers = {}) => ask(wary, "POST", "/sign-in/provider/logout", {
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body: token === null ? "" : new URLSearchParams({ logout_token: token }).toString(),
});
const tokenBy = async (code) => /shire=([0-9a-f]{64})/.exec((await signInBy(code)).headers["set-cookie"].join())[1];
const isIn = async (token) => (await ask(wary, "GET", "/api/v1/account", { headers: { authorization: `Bearer ${token}` } })).status === 200;

test("a sign-out at the provider ends the sessions it names, and no others", async () => {
    await identity("analyst.davies", faultyIssuer, "faulty-1"); // who may work for two purposes
    await done(["access", dir, "account", "password", "analyst.davies"], `${password}\n`);
    const { body } = await ask(wary, "POST", "/api/v1/sessions", { headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "analyst.davies", password }) });
    const own = JSON.parse(body).token; // of a password: no provider ends it
    const [first, second, nameless] = [await tokenBy("session"), await tokenBy("other_session"), await tokenBy("good")];
    const answer = await send(ending({ sub: undefined, sid: "session-1" }));
    assert.deepEqual([answer.status, answer.body, answer.headers["cache-control"]], [200, "", "no-store"]);
    assert.deepEqual(await Promise.all([first, second, nameless, own].map(isIn)), [false, true, true, true]);
    assert.equal((await send(ending({ sid: "session-9" }))).status, 200); // of the person; a session without a name counts as it
    assert.deepEqual(await Promise.all([second, nameless, own].map(isIn)), [true, false, true]);
    // A session that chose another purpose is the same one to the provider.
    const page = (await ask(wary, "GET", "/sign-in/purpose", { headers: { cookie: `shire=${second}` } })).body;
    const chosen = await ask(wary, "POST", "/sign-in/purpose", {
        headers: { cookie: `shire=${second}`, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrf: /name="csrf" value="([^"]+)"/.exec(page)[1], purpose: "planning" }).toString(),
    });
    const third = /shire=([0-9a-f]{64})/.exec(chosen.headers["set-cookie"].join())[1];
    assert.deepEqual(await Promise.all([second, third].map(isIn)), [false, true]);
    assert.equal((await send(ending({ sub: "nobody-here" }))).status, 200);
    assert.ok(await isIn(third));
    assert.equal((await send(ending({ exp: undefined }))).status, 200); // as older providers send it
    assert.deepEqual(await Promise.all([third, own].map(isIn)), [false, true]);
});

test("no sign-out is taken that is wrong, or twice", async () => {
    const token = await tokenBy("session");
    const wrong = {
        issuer: ending({ iss: "https://elsewhere.example" }), audience: ending({ aud: "another" }), no_audience: ending({ aud: undefined }), expired: ending({ exp: now() - 120 }),
        no_time: ending({ iat: undefined }), old: ending({ iat: now() - 7200 }), future: ending({ iat: now() + 600 }), no_name: ending({ jti: undefined }), empty_name: ending({ jti: "" }),
        cut_header: ending().replace(/^[^.]*/, "eyJhbGciOiJSUzI1NiJ9e"), padded_header: ending().replace(/^[^.]*/, "eyJhbGciOiJFUzI1NiIsImtpZCI6I=mEifQ"),
        no_event: ending({ events: undefined }), other_event: ending({ events: { "http://schemas.openid.net/event/other": {} } }),
        event_text: ending({ events: { "http://schemas.openid.net/event/backchannel-logout": "yes" } }), nonce: ending({ nonce: "x" }), null_nonce: ending({ nonce: null }),
        nobody: ending({ sub: undefined }), number: ending({ sub: 7 }), empty: ending({ sub: "", sid: "session-1" }), odd_session: ending({ sid: {} }),
        other_key: ending({}, rsa, others), weak_key: ending({}, { alg: "RS256", kid: "weak" }, weak), none: tokens.none({ ...JSON.parse(Buffer.from(ending().split(".")[1], "base64url")) }),
        broken: "no token", long: "x".repeat(40000),
    };
    for (const [what, one] of Object.entries(wrong)) {
        const answer = await send(one);
        assert.equal(answer.status, 400, `${what}: ${answer.body}`);
        assert.ok(await isIn(token), what);
    }
    assert.equal((await send(null)).status, 400);
    assert.equal((await send(ending(), { "sec-fetch-site": "cross-site" })).status, 403);
    // A sign-in's own token is no sign-out, nor the other way about.
    assert.equal((await send(signed(rsa, { iss: faultyIssuer, sub: "faulty-1", aud: client, exp: now() + 300, iat: now(), nonce: "n" }))).status, 400);
    assert.ok(await isIn(token));
    const once = ending();
    assert.equal((await send(once)).status, 200);
    assert.ok(!(await isIn(token)));
    const again = await tokenBy("session");
    assert.equal((await send(once)).status, 400);
    assert.ok(await isIn(again));
    const plain = await serve(dir);
    assert.equal((await ask(plain, "POST", "/sign-in/provider/logout", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "logout_token=x" })).status, 404);
});

test("keys that the provider changed are taken up at once, under a new name and under the old one", async () => {
    for (const name of ["two", "two", "three"]) {
        kid = name;
        keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
        for (const round of [1, 2]) {
            assert.ok(comesIn(await signInBy("named_anew")), `${name} ${round}: ${wary.log()}`);
        }
    }
    assert.equal((await signInBy("good")).status, 422); // of a name that is no key's any more
});

test("the settings file says the same as the options, the secret in a file or the environment", async () => {
    const settings = join(dir, "partnership.yaml");
    const without = readFileSync(settings, "utf8");
    const signsIn = async (more) => {
        const server = await servePublic(dir, "http", (port) => {
            writeFileSync(settings, `${without}\npublic_url: http://127.0.0.1:${port}\nsign_in_provider:\n  issuer: ${faultyIssuer}\n  client: ${client}\n${more}`);
            return ["--log"];
        });
        return (await signInBy("named_anew", { ...server, redirect: `${server.url}/sign-in/provider/answer` })).status;
    };
    try {
        assert.equal(await signsIn(""), 303);
        secretSent = secret;
        assert.equal(await signsIn("  secret_file: client.secret\n"), 303);
        process.env.SHIRE_OPENID_SECRET = secret;
        assert.equal(await signsIn(""), 303);
        process.env.SHIRE_OPENID_SECRET = "another";
        assert.equal(await signsIn(""), 422);
    } finally {
        secretSent = null;
        delete process.env.SHIRE_OPENID_SECRET;
        writeFileSync(settings, without);
    }
});

const passwordWorks = async () => {
    const form = await ask(wary, "GET", "/sign-in");
    assert.match(form.body, /name="password"/);
    const { status } = await ask(wary, "POST", "/api/v1/sessions", { headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "dr.hughes", password }) });
    return status;
};

test("a provider that is broken, slow or gone is told of with 503, and passwords go on", async () => {
    await done(["access", dir, "account", "password", "dr.hughes"], `${password}\n`);
    const away = (answer) => {
        assert.equal(answer.status, 503);
        assert.match(answer.headers["retry-after"], /^\d+$/);
        assert.match(answer.body, /The sign-in of your organisation does not answer/);
        assert.match(answer.body, /name="password"/);
        assert.ok(!comesIn(answer));
    };
    assert.equal((await signInBy("unknown")).status, 422);
    away(await signInBy("broken_down"));
    // More of them wait for the provider than there are threads that could; the password does not.
    const begun = [];
    for (let i = 0; i < 6; i++) {
        const { headers } = await ask(wary, "GET", "/sign-in/provider");
        begun.push([new URL(headers.location).searchParams.get("state"), headers["set-cookie"][0].split(";")[0]]);
    }
    isSlow = true;
    let waiting = begun.length;
    const answers = begun.map(([state, cookie]) => ask(wary, "GET", `/sign-in/provider/answer?code=good&state=${state}`, { headers: { cookie } }).finally(() => waiting--));
    assert.equal(await passwordWorks(), 201);
    assert.equal(waiting, begun.length);
    faulty.closeAllConnections();
    await new Promise((resolve) => faulty.close(resolve));
    (await Promise.all(answers)).forEach(away);
    away(await signInBy("good"));
    assert.equal(await passwordWorks(), 201);
    // Nor does a server that starts meanwhile need it.
    const fresh = await serveFor(faultyIssuer);
    for (let i = 0; i < 3; i++) {
        away(await ask(fresh, "GET", "/sign-in/provider"));
    }
    assert.doesNotMatch(wary.log(), /faulty-1|sw\.lewis|state=|nonce/);
});

test("what the options lack is told in a sentence", async () => {
    const wrong = [["--openid-issuer", issuer, "--openid-client", client], ["--public-url", "http://127.0.0.1:1", "--openid-client", client], ["--public-url", "http://127.0.0.1:1", "--openid-issuer", "http://elsewhere.example", "--openid-client", client],
        ["--public-url", "http://127.0.0.1:1", "--openid-issuer", issuer]];
    chmodSync(secretFile, 0o644);
    wrong.push(["--public-url", "http://127.0.0.1:1", "--openid-issuer", issuer, "--openid-client", client, "--openid-secret", secretFile]);
    for (const options of wrong) {
        const { status, stderr } = await shire(["serve", dir, "--port", "0", ...options]);
        assert.equal(status, 2, options.join(" "));
        assert.match(stderr, /^shire serve: .{30,}/);
    }
    chmodSync(secretFile, 0o600);
    const plain = await serve(dir);
    assert.equal((await ask(plain, "GET", "/sign-in/provider")).status, 404);
    assert.equal((await ask(plain, "GET", "/sign-in/provider/answer?code=x&state=y")).status, 404);
    assert.doesNotMatch((await ask(plain, "GET", "/sign-in")).body, /sign-in\/provider/);
    assert.equal((await ask(plain, "GET", "/sign-out/provider")).status, 404);
});

await run();
