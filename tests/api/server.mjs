// The server as such: headers that every answer has, limits, files, how it stops.
import net from "node:net";
import { gunzipSync } from "node:zlib";
import { ask, assert, partnership, run, serve, servePublic, shire, test, until } from "./harness.mjs";

const dir = partnership("clinic");
const server = await serve(dir, "--log");

// Sends bytes as they stand and gives all that comes back.
function raw(text) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(server.port, "127.0.0.1");
        let answer = "";
        socket.on("data", (data) => (answer += data));
        socket.on("end", () => resolve(answer));
        socket.on("error", reject);
        socket.write(text);
    });
}

test("every answer has the headers that keep a browser safe", async () => {
    for (const path of ["/", "/about", "/help", "/accessibility", "/sign-in", "/nothing", "/health"]) {
        const { headers } = await ask(server, "GET", path);
        const policy = headers["content-security-policy"];
        assert.match(policy, /default-src 'none'/, path);
        assert.match(policy, /frame-ancestors 'none'/);
        assert.match(policy, /base-uri 'none'/);
        assert.match(policy, /form-action 'self'/);
        assert.doesNotMatch(policy, /unsafe/);
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.equal(headers["referrer-policy"], "no-referrer");
        assert.equal(headers["cross-origin-opener-policy"], "same-origin");
        assert.equal(headers["cross-origin-resource-policy"], "same-origin");
        assert.equal(headers["cache-control"], "no-store");
        assert.equal(headers["strict-transport-security"], undefined);
    }
});

test("each page's scripts carry its own nonce, and nothing stands inline without one", async () => {
    const seen = new Set();
    for (let i = 0; i < 3; i++) {
        const { headers, body } = await ask(server, "GET", "/");
        const nonce = /script-src 'nonce-([^']+)'/.exec(headers["content-security-policy"])[1];
        assert.ok(!seen.has(nonce));
        seen.add(nonce);
        for (const [script] of body.matchAll(/<script[^>]*>/g)) {
            assert.ok(script.includes(`nonce="${nonce}"`), script);
        }
        assert.doesNotMatch(body, /\son[a-z]+=|\sstyle=|<style|javascript:/);
        assert.doesNotMatch(body, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    }
});

test("unknown addresses are 404, other methods 405 with those there are", async () => {
    assert.equal((await ask(server, "GET", "/nothing")).status, 404);
    assert.equal((await ask(server, "GET", "/about/")).status, 404);
    const other = await ask(server, "DELETE", "/about");
    assert.equal(other.status, 405);
    assert.equal(other.headers.allow, "GET, HEAD");
    assert.equal((await ask(server, "BREW", "/about")).status, 405);
});

test("what is escaped on a page stays escaped", async () => {
    const { body } = await ask(server, "GET", "/%3Cscript%3Ealert(1)%3C/script%3E");
    assert.ok(!body.includes("alert(1)"));
});

test("HEAD has the headers of GET and no body", async () => {
    const get = await ask(server, "GET", "/about");
    const head = await ask(server, "HEAD", "/about");
    assert.equal(head.status, 200);
    assert.equal(head.body, "");
    assert.equal(head.headers["content-length"], get.headers["content-length"]);
});

test("files may be kept for ever, and come packed to who takes that", async () => {
    const { body } = await ask(server, "GET", "/");
    for (const path of [/href="(\/assets\/[^"]*\.css)"/.exec(body)[1], /src="(\/assets\/[^"]*\.js)"/.exec(body)[1]]) {
        const plain = await ask(server, "GET", path);
        const packed = await ask(server, "GET", path, { headers: { "accept-encoding": "gzip" } });
        assert.equal(plain.status, 200);
        assert.match(plain.headers["cache-control"], /immutable/);
        assert.equal(packed.headers["content-encoding"], "gzip");
        assert.ok(gunzipSync(packed.bytes).equals(plain.bytes));
        assert.ok(packed.bytes.length < plain.bytes.length);
        assert.doesNotMatch(plain.body, /assets\.nhs\.uk|Frutiger/);
    }
    assert.equal((await ask(server, "GET", "/assets/0/site.css")).status, 404);
    assert.equal((await ask(server, "GET", "/assets/../site.css")).status, 404);
});

test("broken requests are refused, and large ones before they are read", async () => {
    assert.equal((await ask(server, "GET", "/%zz")).status, 400);
    assert.equal((await ask(server, "GET", "/?a=%00")).status, 400);
    assert.equal((await ask(server, "GET", "/%ff")).status, 400);
    const large = await raw(`POST /about HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n`);
    assert.match(large, /^HTTP\/1\.1 413 /);
    const chunked = await raw("POST /about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
        `100000\r\n${"a".repeat(0x100000)}\r\n10\r\n${"b".repeat(16)}\r\n0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    const headers = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(40000)}\r\n\r\n`);
    assert.match(headers, /^HTTP\/1\.1 4(13|14|31) /);
});

test("a head of many cookies, headers or names is answered or refused with a sentence, however many", async () => {
    const heads = {
        cookies: (count) => `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${Array.from({ length: count }, (_, i) => `a${i}=${i}`).join("; ")}\r\n\r\n`,
        headers: (count) => `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${Array.from({ length: count }, (_, i) => `X-${i}: ${i}\r\n`).join("")}\r\n`,
        names: (count) => `GET /?${Array.from({ length: count }, (_, i) => `a${i}=${i}`).join("&")} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    };
    for (const [what, head] of Object.entries(heads)) {
        const statuses = new Set();
        for (let count = 100; count < 300; count++) {
            const answer = await raw(head(count));
            assert.match(answer, /^HTTP\/1\.1 (200|414|431) .*\r\n(.+\r\n)*\r\n[^]+/, `${count} ${what}`);
            statuses.add(answer.slice(9, 12));
        }
        assert.ok(statuses.has("200") && statuses.has("431"), `${what}: ${[...statuses]}`);
    }
    assert.match(await raw(heads.cookies(2000)), /^HTTP\/1\.1 431 /);
    const ranges = `/ HTTP/1.1\r\nHost: x\r\nRange: bytes=${"5-0,".repeat(3400)}6-7\r\n\r\n`;
    assert.match(await raw(`GET ${ranges}`), /^HTTP\/1\.1 431 .*\r\n(.+\r\n)*\r\nThe request has more/);
    assert.match(await raw(`HEAD ${ranges}`), /^HTTP\/1\.1 431 .*\r\n(.+\r\n)*\r\n$/);
});

test("a head that could be read in two ways is refused", async () => {
    assert.match(await raw("GET / HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 |^$/);
    assert.match(await raw("POST /about HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("POST /about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("POST /about HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(await raw("GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.[01] 200 /);
});

test("a header that others would read differently, or as none, is refused", async () => {
    for (const line of ["Transfer-Encoding : chunked", "Content-Length : 3", " Content-Length: 3", "Fo o: a", "Fo\u0001o: a", "Foo\t: a", "Foo: a\u0001b", "Foo: a\u007fb", "Foo: a\rContent-Length: 3", "(a): b", ": b", "Foo"]) {
        assert.match(await raw(`POST /about HTTP/1.1\r\nConnection: close\r\n${line}\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 400 /, JSON.stringify(line));
    }
    for (const host of ["", "a b", "a, b", "<script>", "a/b", "user@a", "a?b", "a\\b", "\"a\""]) {
        assert.match(await raw(`GET /about HTTP/1.1\r\nHost: ${host}\r\n\r\n`), /^HTTP\/1\.1 400 /, host);
    }
    for (const host of ["record.example", "127.0.0.1:80", "[::1]:8080", "under_score.example"]) {
        assert.match(await raw(`GET /about HTTP/1.1\r\nHost: ${host}\r\nX_a.b~|: \u00e4\tb\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 200 /, host);
    }
});

test("what is refused before it is handled comes in the form of where it was sent", async () => {
    for (const [path, type, check] of [
        ["/fhir/Patient", /^application\/fhir\+json/, (body) => assert.equal(body.resourceType, "OperationOutcome")],
        ["/api/v1/people", /^application\/problem\+json/, (body) => assert.equal(body.status, 413)],
    ]) {
        const [head, body] = (await raw(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`)).split("\r\n\r\n");
        assert.match(head, /^HTTP\/1\.1 413 /);
        assert.match(/content-type: (.*)/i.exec(head)[1], type);
        check(JSON.parse(body));
    }
    for (const path of ["/fhir/%zz", "/fhir/Patient?name=%ff"]) {
        const broken = await ask(server, "GET", path);
        assert.equal(broken.status, 400);
        const outcome = JSON.parse(broken.body);
        assert.equal(outcome.resourceType, "OperationOutcome");
        assert.match(outcome.issue[0].diagnostics, /not well formed/);
    }
    assert.match((await ask(server, "GET", "/%zz")).headers["content-type"], /^text\/plain/);
});

test("a form that another site sends does nothing", async () => {
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }, { origin: "https://other.example" }]) {
        assert.equal((await ask(server, "POST", "/sign-in", { headers, body: "" })).status, 403);
    }
});

test("metrics count answers by the route's pattern", async () => {
    const { body } = await ask(server, "GET", "/metrics");
    assert.match(body, /shire_answers_total\{method="GET",route="\/about",status="2xx"\} [1-9]/);
    assert.match(body, /shire_answers_total\{method="-",route="-",status="4xx"\} [1-9]/);
    assert.match(body, /shire_answer_seconds_bucket\{method="GET",route="\/about",le="\+Inf"\} [1-9]/);
});

test("the log has one line a request, with the pattern and nothing of the path or query", async () => {
    await ask(server, "GET", "/secret-path?secret=value");
    await ask(server, "GET", "/health");
    await until("the line, which is written once the answer has gone", () => /GET \/health 200 \d+ us\n/.test(server.log()));
    assert.doesNotMatch(server.log(), /secret|127\.0\.0\.1/);
});

test("SIGHUP goes on serving, SIGTERM ends it with status 0", async () => {
    server.process.kill("SIGHUP");
    assert.equal((await ask(server, "GET", "/health")).status, 200);
    assert.equal(await server.stop(), 0);
});

test("what cannot be served is said in one sentence", async () => {
    const missing = await shire(["serve", `${dir}/nothing`]);
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /^shire serve: .*\n$/);
    const address = await shire(["serve", dir, "--listen", "localhost"]);
    assert.equal(address.status, 2);
    assert.match(address.stderr, /is no address of this machine/);
    const url = await shire(["serve", dir, "--public-url", "record.example"]);
    assert.equal(url.status, 2);
    const taken = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.on("listening", resolve));
    const port = await shire(["serve", dir, "--port", String(taken.address().port)]);
    taken.close();
    assert.equal(port.status, 1);
    assert.match(port.stderr, /choose another --port/);
});

test("over https cookies and the browser are told so", async () => {
    const secure = await servePublic(dir, "https");
    const { headers } = await ask(secure, "GET", "/sign-in");
    assert.equal(headers["strict-transport-security"], "max-age=31536000");
    for (const cookie of headers["set-cookie"]) {
        assert.match(cookie, /^__Host-[^;]*; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    }
    await secure.stop();
});

await run();
