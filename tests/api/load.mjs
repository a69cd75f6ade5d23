// Over load: who does not finish a request takes nobody's place, and when more answers wait than may,
// the next is refused at once, while those that wait are answered when the disk has done its work.
// What waits is written together, and one of it that fails takes nothing from the others.
// load.mjs PROGRAM SHIM: SHIM is fault/fail_io.c, by which the disk stalls.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { ask, assert, Browser, county, done, password, run, serve, test, until } from "./harness.mjs";

const inFlightMost = 1024; // of docs/serving.md
const dir = await county(500, ["dr.hughes", "admin.roberts", "privacy.rees", "index.thomas", "analyst.davies"]);
const stall = join(dir, "stall"); // while it is there nothing reaches the disk
Object.assign(process.env, { LD_PRELOAD: process.argv[3], SHIRE_STALL: stall });
process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0`;
const server = await serve(dir);
delete process.env.LD_PRELOAD;
const browser = new Browser(server);
await browser.signIn("dr.hughes");
const person = await browser.find("gwendoline preece 1944");
const headers = browser.session;

// Sends the bytes and keeps the connection: { socket, answer } with a promise of the status, or 0.
function send(text) {
    const socket = net.connect(server.port, "127.0.0.1", () => socket.write(text));
    const answer = new Promise((resolve) => {
        socket.once("data", (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])));
        socket.on("error", () => resolve(0));
        socket.on("close", () => resolve(0));
    });
    return { socket, answer };
}

const metric = async (name) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\d+)`, "m").exec((await ask(server, "GET", "/metrics")).body)?.[1]);

test("a burst of as many requests as the event loop takes at once is answered without another coming", async () => {
    const one = await serve(dir, "--threads", "1");
    const burst = Array.from({ length: 128 }, () => net.connect(one.port, "127.0.0.1"));
    const statuses = () => Promise.all(burst.map((socket) => new Promise((resolve) => {
        socket.once("data", (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])));
        socket.once("close", () => resolve(0));
        socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    })));
    await statuses(); // so that all are connected
    one.process.kill("SIGSTOP");
    await until("it stands still", () => / T /.test(readFileSync(`/proc/${one.process.pid}/stat`, "utf8")));
    const answered = statuses();
    await until("all are sent", () => burst.every((socket) => socket.writableLength === 0));
    one.process.kill("SIGCONT");
    assert.deepEqual(new Set(await answered), new Set([200]));
    burst.forEach((socket) => socket.destroy());
    assert.equal(await one.stop(), 0);
});

test("requests that never come to their end keep nobody from being answered", async () => {
    const slow = Array.from({ length: inFlightMost + 100 }, () => send("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname="));
    await until("all are connected", async () => (await metric("shire_connections")) > inFlightMost + 100);
    for (let i = 0; i < 20; i++) {
        assert.equal((await ask(server, "GET", "/sign-in")).status, 200);
    }
    slow.forEach(({ socket }) => socket.destroy());
});

// Posts a form or, to the API, JSON as somebody who has just signed in: { post, json, session }.
async function poster(name) {
    const browser = new Browser(server);
    await browser.signIn(name);
    await browser.get("/");
    const csrf = /name="csrf" value="([^"]+)"/.exec(browser.page.body)[1];
    const send = (path, type, body) => ask(server, "POST", path, { headers: { ...browser.session, "content-type": type }, body });
    return {
        post: (path, fields) => send(path, "application/x-www-form-urlencoded", new URLSearchParams({ csrf, ...fields }).toString()),
        json: (path, body) => send(path, "application/json", JSON.stringify(body)),
        session: browser.session,
    };
}

test("where one of those that are written together fails, it alone does, and each other is done once", async () => {
    const [admin, officer, index, analyst, doctor] = await Promise.all(["admin.roberts", "privacy.rees", "index.thomas", "analyst.davies", "dr.hughes"].map(poster));
    const get = async (who, path) => JSON.parse((await ask(server, "GET", path, { headers: who.session })).body);
    const { agreement } = (await get(officer, "/api/v1/agreements")).agreements.find(({ owner, recipient }) => owner === "RLQ" && recipient === "5CN");
    const [pair] = (await get(index, "/api/v1/review/pairs?limit=50")).pairs.filter(({ may_see }) => may_see);
    const account = { name: "new.one", full_name: "New One", organisation: "RLQ", role: "clinician", password };
    const waiting = () => metric("shire_writes_waiting");
    const size = JSON.parse(await done(["audit", "log", dir, "--json"])).length;
    writeFileSync(stall, "");
    const first = [];
    await until("the writer waits for the disk", async () => {
        first.push(ask(server, "GET", person, { headers: doctor.session }));
        await new Promise((resolve) => setTimeout(resolve, 200));
        return (await waiting()) > 0;
    });
    const before = await waiting();
    const jobs = [
        admin.post("/admin/accounts", account), admin.post("/admin/accounts", account),
        admin.post("/admin/teams", { organisation: "RLQ", name: "Of the batch" }),
        admin.post("/admin/tokens", { name: "practice.system" }),
        officer.post("/admin/agreements", { recipient: "5CN", purpose: "planning", categories: "gp", reference: "ISA-new", until: "" }),
        officer.post(`/admin/agreements/${agreement}/change`, { categories: "demographics", reference: "ISA-changed", until: "" }),
        index.json("/api/v1/review/decisions", { a: pair.a.record, b: pair.b.record, verdict: "different" }),
        analyst.post("/sign-in/purpose", { purpose: "planning" }),
        doctor.post(`${person}/new/alert`, { text: "Of the batch", why: "A test" }),
        ask(server, "GET", person, { headers: doctor.session }),
    ];
    await until("all others wait", async () => (await waiting()) >= before + jobs.length);
    const failing = index.json("/api/v1/review/decisions/9999/undo", { why: "There is none" });
    await until("the one that fails waits behind them", async () => (await waiting()) > before + jobs.length);
    rmSync(stall);
    assert.equal((await failing).status, 404);
    await Promise.all(first);
    const [one, other, team, token, agreed, changed, decided, chosen, alert, read] = await Promise.all(jobs);
    assert.deepEqual([one.status, other.status].sort(), [303, 422]); // the second finds the name taken
    assert.deepEqual([team, agreed, changed, chosen, alert].map(({ status }) => status), [303, 303, 303, 303, 303]);
    assert.equal(read.status, 200);
    const made = /[0-9a-f]{64}/.exec(token.body.replaceAll(/name="csrf" value="[^"]*"/g, ""))[0];
    assert.equal((await ask(server, "GET", "/api/v1/account", { headers: { authorization: `Bearer ${made}` } })).status, 200);
    const session = /shire=[^;]*/.exec(chosen.headers["set-cookie"].find((line) => line.startsWith("shire=")))[0];
    assert.equal((await get({ session: { cookie: session } }, "/api/v1/account")).purpose, "planning");
    const agreements = (await get(officer, "/api/v1/agreements")).agreements;
    for (const [answer, reference, categories] of [[agreed, "ISA-new", ["gp"]], [changed, "ISA-changed", ["demographics"]]]) {
        const found = agreements.filter((agreement) => agreement.reference === reference);
        assert.deepEqual(found.map((agreement) => [`/admin/agreements/${agreement.agreement}`, agreement.categories]), [[answer.headers.location, categories]]);
    }
    const log = JSON.parse(await done(["audit", "log", dir, "--json"]));
    for (const detail of [/^account added: /, /^team added: Of the batch /, /^token made$/, /^agreement \d+ is in the place of /, /^alert .* version 1$/]) {
        assert.equal(log.filter((entry) => entry.entry >= size && detail.test(entry.detail)).length, 1, String(detail));
    }
    const decisions = log.filter(({ kind }) => kind === "decision");
    assert.deepEqual(decisions.map(({ detail }) => /^decision \d+/.exec(detail)[0]), [`decision ${JSON.parse(decided.body).decision}`]);
    await done(["audit", "verify", dir]);
});

test("more than may wait for the disk are refused at once, and those that wait are answered", async () => {
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    writeFileSync(stall, "");
    const many = Array.from({ length: inFlightMost + 200 }, () => send(`GET ${person} HTTP/1.1\r\nHost: x\r\nCookie: ${headers.cookie}\r\n\r\n`));
    const statuses = many.map(() => null);
    many.forEach(({ answer }, i) => answer.then((status) => (statuses[i] = status)));
    await until("some are refused", () => statuses.filter((status) => status === 503).length === 200);
    assert.equal(statuses.filter((status) => status === null).length, inFlightMost, "the others wait");
    const refused = await ask(server, "GET", "/");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "1");
    rmSync(stall);
    await until("all are answered", () => !statuses.includes(null));
    assert.equal(statuses.filter((status) => status === 200).length, inFlightMost);
    many.forEach(({ socket }) => socket.destroy());
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    assert.equal(await server.stop(), 0);
});

await run();
