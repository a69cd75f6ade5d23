// What another site could make somebody's browser send: every address that takes a POST, PUT, PATCH or DELETE, as
// the server itself lists them, without the form's token, with a wrong one and with a good one from elsewhere. And
// every address for GET, by everybody: none may change anything.
import { ask, assert, Browser, county, done, password, run, serve, test } from "./harness.mjs";

const viewers = ["dr.hughes", "sw.lewis", "housing.watkins", "analyst.davies", "finance.powell", "privacy.rees", "index.thomas", "admin.roberts", "gwendoline.preece"];
const dir = await county(500, viewers, "--seed", "7");
const server = await serve(dir, "--log");

// Every route there is, by the server's own metrics: [method, pattern].
const routes = [...(await ask(server, "GET", "/metrics")).body.matchAll(/^shire_answer_seconds_count\{method="([A-Z]+)",route="([^"]+)"\}/gm)].map(([, method, pattern]) => [method, pattern]);
const changing = routes.filter(([method]) => method !== "GET");
const isApi = (pattern) => /^\/(api|fhir)\/|^\/sign-in\/provider\/logout$/.test(pattern); // without forms of ours
const forms = changing.filter(([, pattern]) => !isApi(pattern));

const browsers = new Map();
for (const name of viewers) {
    const browser = new Browser(server);
    await browser.signIn(name);
    await browser.get("/");
    browsers.set(name, browser);
}
const tokenOf = (browser) => /name="csrf" value="([^"]+)"/.exec(browser.page.body)[1];
const person = (await (async () => {
    const browser = browsers.get("dr.hughes");
    const path = await browser.find("gwendoline preece 17/5/1944");
    await browser.get("/");
    return path;
})()).replace("/people/", "");

// What stands for the {words} of a pattern: first what is there, so that a handler would find something to change.
const path = (pattern) => pattern.replace("/people/{id}", `/people/${person}`).replace("{kind}", pattern.startsWith("/fhir") ? "Patient" : "alert").replace("{name}", "dr.hughes").replace(/\{[^}]*\}/g, "1");

// Fields by which each form would do something, had it a token.
const fields = {
    name: "forged", password, code: "123456", purpose: "care", full_name: "Forged", organisation: "RLQ", role: "clinician", account: "dr.hughes", line: "preece", reason: "A reason in a sentence.",
    text: "forged", why: "forged", a: "RLQ/pas/1", b: "5CN/gp/1", verdict: "same", reference: "N1", last: "2024-12-31", owner: "5CN", recipient: "RLQ", categories: "gp", from: "2024-04-01", until: "",
};

function send(browser, method, pattern, headers, csrf) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = isApi(pattern) ? "{}" : new URLSearchParams({ ...fields, ...(csrf === null ? {} : { csrf }) }).toString();
    const type = isApi(pattern) ? "application/json" : "application/x-www-form-urlencoded";
    return ask(server, method, path(pattern), { headers: { cookie, "content-type": type, ...headers }, body });
}

// What the log has besides what was read: a change of anything is in it, in the same transaction.
async function changes() {
    const log = JSON.parse(await done(["audit", "log", dir, "--json"]));
    return log.filter(({ kind }) => !["read", "search", "export"].includes(kind)).map(({ kind, actor, detail }) => `${kind} ${actor} ${detail}`);
}

const before = await changes();
const elsewhere = [{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }, { origin: "https://elsewhere.example" }, { origin: `http://127.0.0.1:${server.port + 1}` }];

test("the server lists what it takes", () => {
    assert.ok(forms.length > 20 && changing.length > forms.length + 12, `${forms.length} ${changing.length}`);
});

test("no form is taken without its token, with a wrong one, an empty one, or another session's", async () => {
    const theirs = tokenOf(browsers.get("admin.roberts"));
    for (const [method, pattern] of forms) {
        for (const [name, browser] of browsers) {
            const own = tokenOf(browser);
            const wrong = [null, "", own.slice(1), `${own}0`, own.replace(/^./, (letter) => (letter === "0" ? "1" : "0")), name === "admin.roberts" ? tokenOf(browsers.get("dr.hughes")) : theirs];
            for (const csrf of wrong) {
                const answer = await send(browser, method, pattern, { "sec-fetch-site": "same-origin" }, csrf);
                assert.equal(answer.status, 403, `${method} ${pattern} as ${name}, token ${csrf === null ? "none" : csrf.length}`);
                assert.equal(answer.headers["set-cookie"], undefined);
            }
        }
    }
});

test("nothing is taken from another site, with the right token too, nor by who is not signed in", async () => {
    const nobody = new Browser(server);
    await nobody.get("/sign-in");
    const all = [...browsers, [null, nobody]];
    for (const [method, pattern] of changing) {
        for (const [name, browser] of all) {
            for (const headers of elsewhere) {
                const answer = await send(browser, method, pattern, headers, tokenOf(browser));
                assert.equal(answer.status, 403, `${method} ${pattern} as ${name} ${JSON.stringify(headers)}`);
                assert.equal(answer.headers["access-control-allow-origin"], undefined);
            }
            // A page of no origin (a sandboxed frame): a form's token shows that it is ours, and the API has none.
            if (isApi(pattern) && name !== null) {
                assert.equal((await send(browser, method, pattern, { origin: "null" }, null)).status, 403, `${method} ${pattern} as ${name} from nowhere`);
            }
        }
        if (!isApi(pattern)) {
            const answer = await send(nobody, method, pattern, {}, "0".repeat(64));
            assert.ok(answer.status === 403 || (answer.status === 303 && answer.headers.location === "/sign-in"), `${method} ${pattern} ${answer.status}`);
        }
    }
});

test("nothing of that changed anything, and nobody was signed in or out by it", async () => {
    assert.deepEqual(await changes(), before);
    for (const [name, browser] of browsers) {
        const { body } = await ask(server, "GET", "/api/v1/account", { headers: browser.session });
        assert.equal(JSON.parse(body).account, name);
    }
});

test("no GET changes anything, whoever asks for whatever address", async () => {
    const filled = `?${new URLSearchParams({ ...fields, csrf: tokenOf(browsers.get("admin.roberts")) })}`;
    for (const [, pattern] of routes.filter(([method]) => method === "GET")) {
        for (const [, browser] of browsers) {
            for (const query of ["", filled]) {
                const { status } = await ask(server, "GET", path(pattern) + query, { headers: browser.session });
                assert.ok(status < 500, `${pattern} ${status}`);
            }
        }
    }
    assert.deepEqual(await changes(), before);
    for (const [name, browser] of browsers) {
        assert.equal((await ask(server, "GET", "/api/v1/account", { headers: browser.session })).status, 200, name);
    }
});

test("each form is taken with its token, so that the token alone was missing", async () => {
    for (const [method, pattern] of forms.filter(([, one]) => one !== "/sign-out")) {
        const statuses = [];
        for (const [, browser] of browsers) {
            await browser.get("/");
            if (browser.path !== "/") { // a form before this one made its session anew
                continue;
            }
            statuses.push((await ask(server, method, path(pattern), {
                headers: { ...browser.session, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ csrf: tokenOf(browser) }).toString(),
            })).status);
        }
        assert.ok(statuses.some((status) => status !== 403 && status < 500), `${method} ${pattern}: ${statuses}`);
    }
});

await run();
