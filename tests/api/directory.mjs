// The directory of services as Open Referral UK has it. The schemas are written from the fields that the
// standard publishes for version 1.0 (github.com/OpenReferralUK/human-services, the validator's service and
// page objects); what is asked of an answer is asked of every answer.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, assert, county, done, partnership, run, serve, test } from "./harness.mjs";

const require = createRequire(import.meta.url);
const ajv = new (require("ajv/dist/2020").default)({ strict: false, allErrors: true });

const text = { type: "string", minLength: 1 };
const web = { type: "string", pattern: "^https?://" };
const object = (required, properties) => ({ type: "object", required, properties, additionalProperties: false });
const taxonomy = { $id: "taxonomy", ...object(["id", "name"], { id: text, name: text, vocabulary: text, parent: { $ref: "taxonomy" } }) };
const organization = object(["id", "name", "description"],
    { id: { type: "string", pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }, name: text, description: text, url: web, email: text, logo: text, uri: web });
const place = {
    id: text,
    location: object(["id", "name"], {
        id: text, name: text, description: text, latitude: { type: "number", minimum: -90, maximum: 90 }, longitude: { type: "number", minimum: -180, maximum: 180 },
        physical_addresses: { type: "array", items: object(["id", "address_1"], { id: text, address_1: text, city: text, state_province: text, postal_code: text, country: text }) },
    }),
    regular_schedule: {
        type: "array", items: object(["id"], {
            id: text, byday: { enum: ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] }, freq: { enum: ["WEEKLY", "MONTHLY"] },
            opens_at: { type: "string", pattern: "^\\d\\d:\\d\\d$" }, closes_at: { type: "string", pattern: "^\\d\\d:\\d\\d$" },
        }),
    },
};
const summary = {
    id: text, name: text, description: text, organization, url: web, email: { type: "string", pattern: "^[^@ ]+@[^@ ]+$" },
    status: { enum: ["active", "inactive", "defunct", "temporarily closed"] }, fees: text, accreditations: text,
    deliverable_type: { enum: ["Advice", "Assessment", "Counselling", "Equipment", "Financial Support", "Information", "Permission", "Training"] },
    assured_date: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" }, attending_type: { enum: ["phone", "online", "venue", "home visit"] },
    attending_access: { enum: ["referral", "appointment", "membership", "drop-in"] },
};
const service = object(["id", "organization", "name"], summary);
const details = object(["id", "organization", "name", "service_at_locations", "service_taxonomys"], {
    ...summary,
    service_at_locations: { type: "array", items: object(["id", "location"], place) },
    service_taxonomys: { type: "array", items: object(["id", "taxonomy"], { id: text, taxonomy: { $ref: "taxonomy" } }) },
    contacts: { type: "array", items: object(["id"], { id: text, name: text, title: text, phones: { type: "array", items: object(["id", "number"], { id: text, number: text }) } }) },
    eligibilitys: { type: "array", items: object(["id"], { id: text, minimum_age: { type: "integer" }, maximum_age: { type: "integer" } }) },
});
const count = { type: "integer", minimum: 0 };
const flag = { type: "boolean" };
const page = (items) => object(["totalElements", "totalPages", "number", "size", "first", "last", "content"],
    { totalElements: count, totalPages: count, number: { type: "integer", minimum: 1 }, size: count, first: flag, last: flag, empty: flag, content: { type: "array", items } });
ajv.addSchema(taxonomy);
const schemas = {
    services: ajv.compile(page(service)), whole: ajv.compile(page(details)), service: ajv.compile(details), taxonomies: ajv.compile(page({ $ref: "taxonomy" })),
    places: ajv.compile(page(object(["id", "location", "service"], { ...place, service }))),
};

const dir = await county(500, []);
const server = await serve(dir, "--log");

async function get(path, schema, status = 200) {
    const answer = await ask(server, "GET", path, { headers: { origin: "https://finder.example" } });
    assert.equal(answer.status, status, `${path}: ${answer.body}`);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    assert.equal(answer.headers["set-cookie"], undefined);
    const json = JSON.parse(answer.body);
    if (status === 200) {
        assert.ok(schemas[schema](json), `${path}: ${JSON.stringify(schemas[schema].errors)}`);
        if (json.content !== undefined) {
            assert.equal(json.last, json.number >= json.totalPages);
            assert.equal(json.first, json.number === 1);
            assert.equal(json.empty, json.content.length === 0);
        }
    } else {
        assert.equal(json.status, status);
    }
    return json;
}

const ids = ({ content }) => content.map(({ id }) => id);

test("the county's directory has no mistakes", async () => {
    const findings = readFileSync(join(dir, ".shire/findings.csv"), "utf8");
    assert.doesNotMatch(findings, /directory\//);
});

test("services come in pages, and each by its id", async () => {
    const all = await get("/services", "services");
    assert.equal(all.totalElements, all.content.length);
    assert.ok(all.totalElements >= 16);
    const read = [];
    for (let number = 1, last = false; !last; number++) {
        const one = await get(`/services?per_page=5&page=${number}`, "services");
        assert.equal(one.totalPages, Math.ceil(all.totalElements / 5));
        read.push(...ids(one));
        last = one.last;
    }
    assert.deepEqual(read, ids(all));
    for (const id of read) {
        assert.equal((await get(`/services/${id}`, "service")).id, id);
    }
    assert.ok((await get("/services?page=99", "services")).empty);
    await get("/services/none", "service", 404);
    await get("/services?include=service_at_locations", "whole");
});

test("services are found by text, kind, age and distance", async () => {
    assert.deepEqual(ids(await get("/services?text=LUNCH", "services")), ["lunch-club", "meals-on-wheels"]);
    assert.deepEqual(ids(await get("/services?text=lunch+zebra", "services")), []);
    const health = ids(await get("/services?taxonomy_id=health", "services"));
    assert.ok(health.includes("memory-clinic") && health.includes("stroke-club") && !health.includes("lunch-club"));
    assert.ok(!ids(await get("/services?minimum_age=30", "services")).includes("young-carers"));
    assert.ok(ids(await get("/services?minimum_age=12", "services")).includes("young-carers"));
    const near = ids(await get("/services?postcode=HR8+1AA&proximity=5000", "services"));
    assert.deepEqual(near, ["lunch-club"]);
    const sorted = ids(await get("/services?postcode=HR91AB", "services"));
    assert.equal(sorted[0], "day-centre");
    assert.equal((await get("/services?vocabulary=none", "services")).totalElements, 0);
});

test("services are found by the day and the hours that a place of theirs is open", async () => {
    const all = (await get("/service_at_locations?per_page=1000", "places")).content;
    // Asked of the places themselves: one and the same place is open on the day, all the while, and near.
    const open = (day, from, until) => [...new Set(all.filter(({ regular_schedule }) => regular_schedule.some((one) =>
        (day === undefined || one.byday === day) && (from === undefined || (one.opens_at <= from && one.closes_at >= until)))).map(({ service: { id } }) => id))].sort();
    const found = async (query) => ids(await get(`/services?per_page=1000&${query}`, "services")).sort();
    for (const day of ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]) {
        assert.deepEqual(await found(`day=${day}`), open(day), day);
        assert.deepEqual(await found(`day=${day.toLowerCase()}&start_time=10:30&end_time=11:30`), open(day, "10:30", "11:30"), day);
    }
    assert.ok(open("WE").includes("stroke-club") && !open("TU").includes("stroke-club") && open("TU").length > 0);
    assert.deepEqual(await found("start_time=12:00&end_time=14:00"), open(undefined, "12:00", "14:00"));
    assert.deepEqual(await found("start_time=12:00:00"), open(undefined, "12:00", "12:00"));
    assert.deepEqual(await found("end_time=16:30"), open(undefined, "16:30", "16:30"));
    // The club in Hereford opens on Wednesdays; on Fridays it is in Leominster, which is not near.
    assert.ok((await found("day=WE&postcode=HR1+1AA&proximity=3000")).includes("stroke-club"));
    assert.ok(!(await found("day=FR&postcode=HR1+1AA&proximity=3000")).includes("stroke-club"));
    const page = await get("/services?day=MO&per_page=2", "services");
    assert.deepEqual([page.totalElements, page.size, page.totalPages], [open("MO").length, 2, Math.ceil(open("MO").length / 2)]);
    const { body } = await ask(server, "GET", "/directory?day=WE&text=stroke");
    assert.match(body, /<option value="WE" selected>Wednesday<\/option>/);
    assert.match(body, /stroke-club/);
    assert.doesNotMatch((await ask(server, "GET", "/directory?day=TU&text=stroke")).body, /\/directory\/stroke-club/);
});

test("what is not understood is refused with a sentence", async () => {
    for (const query of ["postcode=ZZ1+1ZZ", "proximity=100", "proximity=far&postcode=HR1", "minimum_age=x", "day=MONDAY", "day=M", "day=O+", "day=MO+TU", "start_time=9", "start_time=25:00", "end_time=09:60", "start_time=09:00:61", "start_time=12:00&end_time=11:00", "page=0", "per_page=0", "per_page=99999", "shoe=9"]) {
        const { detail } = await get(`/services?${query}`, "services", 400);
        assert.match(detail, /^[^<>]{20,}\.?$/, query);
    }
});

test("taxonomies and places are listed", async () => {
    const all = await get("/taxonomies", "taxonomies");
    const roots = await get("/taxonomies?root_only=true", "taxonomies");
    assert.ok(roots.totalElements < all.totalElements && roots.content.every(({ parent }) => parent === undefined));
    assert.ok((await get("/taxonomies?parent_id=health", "taxonomies")).content.every(({ parent }) => parent.id === "health"));
    const places = await get("/service_at_locations", "places");
    assert.ok(places.totalElements >= 10);
    const lunch = await get("/service_at_locations?text=lunch", "places");
    assert.equal(lunch.totalElements, 2);
    assert.ok(lunch.content.every(({ service: { id } }) => id === "lunch-club"));
});

test("any site's script may ask, and the log keeps nothing of it", async () => {
    const { status, headers } = await ask(server, "OPTIONS", "/services", { headers: { origin: "https://finder.example", "access-control-request-method": "GET" } });
    assert.equal(status, 204);
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.doesNotMatch(server.log(), /lunch|HR8/i);
});

test("a mistake in the directory is a finding with its line, and the rest is served", async () => {
    const folder = partnership("clinic");
    mkdirSync(join(folder, "directory"));
    const header = "id,organisation,name,url,email,status,minimum_age,taxonomies,assured_date\n";
    writeFileSync(join(folder, "directory/services.csv"), `${header}good,CLINIC,Walk-in,https://clinic.example,,active,18,,2024-05-01\n`
        + "good,CLINIC,Twice,,,,,,\nnobody,XX,Of nobody,,,,,,\nrun,CLINIC,Script,javascript:alert(1),no address,open,old,shoes,2024-02-31\n,CLINIC,Nameless,,,,,,\n");
    writeFileSync(join(folder, "directory/locations.csv"), "service,name,postcode,latitude,longitude,days,opens\ngood,Clinic,HR1 1AA,52.05,-2.71,MO TU,09:00\ngood,Far,,91,0,MOTU,9\nbad,None,,,,,\n");
    await done(["run", folder]);
    const findings = readFileSync(join(folder, ".shire/findings.csv"), "utf8").split("\n").filter((line) => /directory\//.test(line));
    const told = findings.map((line) => /(\w+),directory\/(\w+)\.csv,(\d+),(\w*)/.exec(line).slice(1).join(" "));
    assert.deepEqual(told.sort(), [
        "dangling_reference locations 4 service", "dangling_reference services 5 taxonomies", "duplicate_key services 3 id", "empty_cell services 6 id",
        "impossible_date services 5 assured_date", "not_a_number locations 3 latitude", "not_a_whole_number services 5 minimum_age", "unknown_choice locations 3 days",
        "unknown_choice locations 3 opens", "unknown_choice services 5 email", "unknown_choice services 5 status", "unknown_choice services 5 url",
        "unknown_organisation services 4 organisation",
    ].sort());
    const clinic = await serve(folder);
    const { content } = JSON.parse((await ask(clinic, "GET", "/services")).body);
    assert.deepEqual(content.map(({ id, url }) => [id, url]), [["good", "https://clinic.example"], ["run", undefined]]);
    assert.doesNotMatch((await ask(clinic, "GET", "/directory/run")).body, /javascript:/);
    writeFileSync(join(folder, "directory/services.csv"), "id,shoe\n1,2\n");
    await done(["check", folder]);
    assert.match(readFileSync(join(folder, ".shire/findings.csv"), "utf8"), /bad_csv,directory\/services\.csv/);
});

await run();
