// Over load: who does not finish a request takes nobody's place, and when more answers wait than may,
// the next is refused at once, while those that wait are answered when the disk has done its work.
import { spawn } from "node:child_process";
import net from "node:net";
import { join } from "node:path";
import { ask, assert, atEnd, Browser, county, password, run, serve, test } from "./harness.mjs";

const inFlightMost = 1024; // of docs/serving.md
const dir = await county(500, ["dr.hughes"]);
const server = await serve(dir);
const browser = new Browser(server);
await browser.get("/sign-in");
await browser.submit("/sign-in", { name: "dr.hughes", password });
await browser.get("/people");
await browser.submit("/people", { line: "gwendoline preece 1944" });
const person = browser.path === "/people" ? /href="(\/people\/[^"]+)"/.exec(browser.page.body)[1] : browser.path;
const headers = { cookie: `shire=${browser.cookies.get("shire")}` };

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

async function until(what, condition) {
    for (let tries = 0; !(await condition()); tries++) {
        assert.ok(tries < 400, `never: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

// Holds the place of who writes to the store (the byte of its shared memory that SQLite locks, of its
// file format), as a disk that stalls would, until the returned function is called.
async function stallTheStore() {
    const perl = spawn("perl", ["-e", 'open(F, "+<", $ARGV[0]) or die; $| = 1; $lock = pack("s s x4 q q l x4", 1, 0, 120, 1, 0); until (fcntl(F, 6, $lock)) { select(undef, undef, undef, 0.001) } print "held\\n"; <STDIN>', join(dir, ".shire/store.db-shm")]);
    atEnd(() => perl.kill("SIGKILL"));
    await new Promise((resolve, reject) => (perl.stdout.once("data", resolve), perl.once("exit", () => reject(new Error("the lock was not taken")))));
    return () => perl.stdin.end();
}

const metric = async (name) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\d+)`, "m").exec((await ask(server, "GET", "/metrics")).body)?.[1]);

test("requests that never come to their end keep nobody from being answered", async () => {
    const slow = Array.from({ length: inFlightMost + 100 }, () => send("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname="));
    await until("all are connected", async () => (await metric("shire_connections")) > inFlightMost + 100);
    for (let i = 0; i < 20; i++) {
        assert.equal((await ask(server, "GET", "/sign-in")).status, 200);
    }
    slow.forEach(({ socket }) => socket.destroy());
});

test("more than may wait for the disk are refused at once, and those that wait are answered", async () => {
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    const release = await stallTheStore();
    const many = Array.from({ length: inFlightMost + 200 }, () => send(`GET ${person} HTTP/1.1\r\nHost: x\r\nCookie: ${headers.cookie}\r\n\r\n`));
    const statuses = many.map(() => null);
    many.forEach(({ answer }, i) => answer.then((status) => (statuses[i] = status)));
    await until("some are refused", () => statuses.filter((status) => status === 503).length === 200);
    assert.equal(statuses.filter((status) => status === null).length, inFlightMost, "the others wait");
    const refused = await ask(server, "GET", "/");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "1");
    release();
    await until("all are answered", () => !statuses.includes(null));
    assert.equal(statuses.filter((status) => status === 200).length, inFlightMost);
    many.forEach(({ socket }) => socket.destroy());
    assert.equal((await ask(server, "GET", person, { headers })).status, 200);
    assert.equal(await server.stop(), 0);
});

await run();
