// The joined record through the site: signing in, who may see whom, what is written down, plans
// written by two at once. A small synthetic county with its accounts, teams and agreements.
import net from "node:net";
import { ask, assert, Browser, county, done, password, run, serve, test } from "./harness.mjs";

const dir = await county(500, ["dr.hughes", "dr.morgan", "desk.parry", "admin.roberts", "privacy.rees", "index.thomas", "analyst.davies", "gwendoline.preece"]);
const server = await serve(dir, "--log");

const heading = (page) => /<h1[^>]*>\s*([^<]*?)\s*<\/h1>/.exec(page.body)?.[1];

async function signedIn(name) {
    const browser = new Browser(server);
    const page = await browser.signIn(name);
    assert.equal(page.status, 200, name);
    assert.ok(browser.cookies.has("shire"), name);
    return browser;
}

async function audited() {
    return JSON.parse(await done(["audit", "log", dir, "--json"]));
}

let person;

test("nothing about people is reached without signing in", async () => {
    for (const path of ["/people", "/people/P1", "/people/P1/break-glass", "/own", "/own/access-log", "/review", "/admin/accounts", "/admin/teams", "/admin/teams/1", "/admin/audit", "/admin/notices"]) {
        const { status, headers } = await ask(server, "GET", path);
        assert.equal(status, 303, path);
        assert.equal(headers.location, "/sign-in");
    }
});

test("a wrong password and an unknown name get the same answer", async () => {
    const pages = [];
    for (const name of ["dr.hughes", "nobody.there"]) {
        const browser = new Browser(server);
        await browser.get("/sign-in");
        const page = await browser.submit("/sign-in", { name, password: "not the right one" });
        assert.equal(page.status, 422);
        assert.ok(!browser.cookies.has("shire"));
        pages.push(page.body.replace(/nonce="[^"]*"|value="[0-9a-f]{32}"/g, "").replace(`value="${name}"`, ""));
    }
    assert.equal(pages[0], pages[1]);
});

test("a form without its token does nothing", async () => {
    const bare = await ask(server, "POST", "/sign-in", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: `name=dr.hughes&password=${password}` });
    assert.equal(bare.status, 403);
    const browser = await signedIn("dr.hughes");
    const page = await browser.go("POST", "/people", "line=preece");
    assert.equal(page.status, 403);
});

test("a privacy officer searches the whole audit log, page by page", async () => {
    const browser = await signedIn("privacy.rees");
    const rows = () => [...browser.page.body.matchAll(/<tr class="nhsuk-table__row"><th[^>]*><time datetime="([^"]*)">[^<]*<\/time><br><span[^>]*>entry (\d+)<\/span><\/th><td[^>]*>([^<]*)/g)].map(([, at, number, who]) => ({ number: Number(number), at, who }));
    await browser.get("/admin/audit");
    assert.ok(rows().length > 5);
    for (let i = 0; i < 130; i++) {
        await browser.get("/admin/audit"); // an entry each
    }
    await browser.submit("/admin/audit", { actor: "privacy.rees", kind: "read" });
    assert.equal(rows().length, 100);
    const seen = rows();
    const [, earlier] = browser.page.body.split("Entries, the latest first</h2>");
    browser.page.body = earlier; // the second form of the page
    await browser.submit("/admin/audit", {});
    assert.ok(rows().length > 20 && rows().every(({ who, number }) => who === "privacy.rees" && !seen.some((other) => other.number === number)));
    await browser.get("/admin/audit");
    await browser.submit("/admin/audit", { actor: "nobody" });
    assert.match(browser.page.body, /No entries fit/);
    assert.match(browser.page.body, /<a href="\/admin\/audit">see all entries/);
    await browser.submit("/admin/audit", { kind: "configuration", from: "1/4/2024" });
    assert.match(browser.page.body, /Access and settings<\/strong>: agreement \d+: Hereford Hospitals NHS Trust shares who they are, hospital care, plan and alerts, documents with Herefordshire Council for care from 1 April 2024 with no end/);
    await browser.submit("/admin/audit", { from: "soon" });
    assert.equal(browser.page.status, 422);
    assert.match(browser.page.body, /Enter days such as/);
    const { status } = await browser.go("POST", "/admin/audit", "actor=x");
    assert.equal(status, 403); // without the form's token
});

test("an administrator makes and ends the token of a program, which is shown once", async () => {
    const browser = await signedIn("admin.roberts");
    const works = async (token) => (await ask(server, "GET", "/api/v1/account", { headers: { authorization: `Bearer ${token}` } })).status;
    const tokens = [];
    for (let i = 0; i < 2; i++) {
        await browser.get("/admin/tokens");
        assert.doesNotMatch(browser.page.body, /<code[^>]*>[0-9a-f]{64}/);
        await browser.submit("/admin/tokens", {});
        tokens.push(/<code[^>]*>([0-9a-f]{64})</.exec(browser.page.body)[1]);
    }
    assert.deepEqual([await works(tokens[0]), await works(tokens[1])], [401, 200]);
    await browser.submit("/admin/tokens/end", {});
    assert.equal(browser.path, "/admin/tokens");
    assert.equal(await works(tokens[1]), 401);
    assert.doesNotMatch(browser.page.body, /action="\/admin\/tokens\/end"/);
    for (const name of ["dr.hughes", "privacy.rees"]) {
        const other = await signedIn(name);
        assert.equal((await other.get("/admin/tokens")).status, 403);
    }
});

test("each role reaches its own pages and no others", async () => {
    const may = {
        "dr.hughes": ["/people"],
        "desk.parry": ["/people"],
        "admin.roberts": ["/admin/accounts", "/admin/teams", "/admin/runs"],
        "privacy.rees": ["/people", "/admin/audit", "/admin/notices", "/admin/agreements"],
        "index.thomas": ["/people", "/review", "/admin/runs"],
        "analyst.davies": ["/admin/runs"],
        "gwendoline.preece": [],
    };
    const pages = ["/people", "/review", "/admin/accounts", "/admin/teams", "/admin/runs", "/admin/audit", "/admin/notices", "/admin/agreements"];
    for (const [name, paths] of Object.entries(may)) {
        const browser = await signedIn(name);
        for (const path of pages) {
            const page = await browser.get(path);
            assert.equal(page.status, paths.includes(path) ? 200 : 403, `${name} ${path}`);
            assert.equal(page.headers["cache-control"], "no-store");
        }
    }
});

test("a clinician finds the person they look after and reads the story", async () => {
    const browser = await signedIn("dr.hughes");
    await browser.get("/people");
    let page = await browser.submit("/people", { line: "gwendoline preece 1944" });
    if (browser.path === "/people") {
        person = /href="\/people\/([^"]+)"/.exec(page.body)[1];
        page = await browser.get(`/people/${person}`);
    }
    person = browser.path.split("/").pop();
    assert.equal(page.status, 200);
    assert.match(heading(page), /Preece/i);
    for (const body of [/Hospital/, /Primary Care/, /Council/, /Housing/]) {
        assert.match(page.body, body);
    }
    assert.doesNotMatch(page.body, /id="costs"/);
    assert.ok((await audited()).some((entry) => entry.kind === "read" && entry.subject === person && entry.actor === "dr.hughes"));
});

test("who may not be known is as somebody who is not there", async () => {
    const browser = await signedIn("desk.parry");
    const pages = [];
    const clinician = await signedIn("dr.morgan");
    for (const path of ["/people/P0000000000000000", "/people/nobody"]) {
        const page = await clinician.get(path);
        assert.equal(page.status, 404);
        pages.push(page.body.replace(/nonce="[^"]*"/g, ""));
    }
    assert.equal(pages[0], pages[1]);
    await browser.get("/people");
    const page = await browser.submit("/people", { line: "zzyzx qwertyuiop" });
    assert.match(page.body, /Nobody found/);
});

test("two who write a plan at once do not write over each other", async () => {
    const [one, two] = [await signedIn("dr.hughes"), await signedIn("dr.hughes")];
    const form = `/people/${person}/new/plan`;
    const edits = (page) => [...page.body.matchAll(/href="(\/people\/[^"]+\/edit)"/g)].map(([, path]) => path);
    const others = edits(await one.get(`/people/${person}`));
    await one.get(form);
    assert.equal((await one.submit(form, { title: "" })).status, 422);
    const page = await one.submit(form, { title: "Home again", needs: "To walk\nTo wash", action_text_0: "Fit <rails>", action_body_0: "E06000019", action_due_0: "1/4/2025", action_status_0: "planned", why: "After the ward round" });
    assert.equal(page.status, 200);
    assert.match(page.body, /Fit &lt;rails&gt;/);
    const [edit] = edits(page).filter((path) => !others.includes(path));
    await one.get(edit);
    await two.get(edit);
    assert.equal((await one.submit(edit, { title: "Home again soon", why: "First" })).status, 200);
    const late = await two.submit(edit, { title: "Another", why: "Second" });
    assert.equal(late.status, 409);
    assert.match(late.body, /value="Another"/);
    const versions = await one.get(edit.replace("/edit", ""));
    assert.match(versions.body, /First/);
    assert.doesNotMatch(versions.body, /Second/);
});

test("a person sees their own record and who looked at it, and no other", async () => {
    const browser = await signedIn("gwendoline.preece");
    assert.match(heading(await browser.get("/own")), /Preece/i);
    const log = (await browser.get("/own/access-log")).body;
    assert.match(log, /Hospitals/);
    // What was set up from the command line is not put down to the person.
    const rows = [...log.matchAll(/<tr[\s\S]*?<\/tr>/g)].map(([row]) => row.replace(/<[^>]*>/g, " "));
    assert.ok(rows.some((row) => /Whoever runs this service\s+Access and settings : looked after from now on: caseload of Hereford Hospitals NHS Trust, team Stroke unit\s/.test(row)), rows.join("\n"));
    assert.ok(rows.every((row) => !/You\s+Access/.test(row)));
    assert.ok(rows.some((row) => /Look : Who they are; Hospital care.*Care/.test(row)));
    assert.ok(rows.some((row) => /Change : plan version 2\s/.test(row)), rows.join("\n"));
    assert.equal((await browser.get("/people/P0000000000000000")).status, 404);
});

test("stating a reason opens nobody who is not there, and nobody is told of a record that was open", async () => {
    const browser = await signedIn("dr.hughes");
    await browser.get("/people/P0000000000000000/break-glass");
    for (const reason of ["short", "Found unconscious at home"]) {
        assert.equal((await browser.submit("/people/P0000000000000000/break-glass", { reason })).status, 422);
    }
    const csrf = /name="csrf" value="([^"]+)"/.exec(browser.page.body)[1];
    await browser.go("POST", `/people/${person}/break-glass`, new URLSearchParams({ csrf, reason: "Found unconscious at home" }).toString());
    assert.equal(browser.path, `/people/${person}`);
    assert.ok(!(await audited()).some((entry) => entry.kind === "break-glass"));
});

test("signing out ends the session, and disabling an account ends all of its", async () => {
    const browser = await signedIn("dr.morgan");
    const token = browser.cookies.get("shire");
    await browser.submit("/sign-out", {});
    assert.ok(!browser.cookies.has("shire"));
    assert.equal((await ask(server, "GET", "/people", { headers: { cookie: `shire=${token}` } })).status, 303);
    const other = await signedIn("dr.morgan");
    const admin = await signedIn("admin.roberts");
    await admin.get("/admin/accounts");
    const csrf = /name="csrf" value="([^"]+)"/.exec(admin.page.body)[1];
    await admin.go("POST", "/admin/accounts/disabled", new URLSearchParams({ csrf, name: "dr.morgan", disabled: "yes" }).toString());
    await other.get("/people");
    assert.equal(other.path, "/sign-in");
});

test("clients that go away while their answer waits for the disk do not keep the server from ending", async () => {
    const browser = await signedIn("dr.hughes");
    const other = await serve(dir);
    const request = `GET /people/${person} HTTP/1.1\r\nHost: x\r\nCookie: shire=${browser.cookies.get("shire")}\r\n\r\n`;
    await Promise.all(Array.from({ length: 400 }, (_, i) => new Promise((resolve) => {
        const socket = net.connect(other.port, "127.0.0.1", () => socket.write(request, () => setTimeout(() => socket.resetAndDestroy(), i % 50)));
        socket.on("close", resolve);
        socket.on("error", () => {});
    })));
    assert.equal(await other.stop(), 0);
});

test("nothing personal stands in the log", async () => {
    assert.doesNotMatch(server.log(), /preece|hughes|127\.0\.0\.1|P[0-9a-f]{16}/i);
    assert.equal(await server.stop(), 0);
    await done(["audit", "verify", dir]);
});

await run();
