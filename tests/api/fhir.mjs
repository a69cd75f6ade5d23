// FHIR, read by clients that others wrote and checked by a validator that others wrote: each kind of
// resource, searches, pages of them, and what a viewer may not learn.
import { createRequire } from "node:module";
import { Client } from "fhir-kit-client";
import { ask, assert, county, run, serve, serviceToken, shire, test } from "./harness.mjs";

const require = createRequire(import.meta.url);
const { Fhir } = require("fhir");
const smart = require("fhirclient");

const dir = await county(500, [], "--seed", "7");
const server = await serve(dir, "--log");
const base = `${server.url}/fhir`;
const bearer = await serviceToken(dir, "practice.system");
const client = new Client({ baseUrl: base, customHeaders: { authorization: `Bearer ${bearer}` } });
const stroke = { given: "Gwen", family: "Preece", born: "1944-05-17" };

async function get(path, headers = {}) {
    const answer = await ask(server, "GET", `/fhir/${path}`, { headers: { authorization: `Bearer ${bearer}`, ...headers } });
    return { ...answer, json: answer.body === "" ? null : JSON.parse(answer.body) };
}

async function refused(promise, status) {
    await assert.rejects(promise, (error) => {
        assert.equal(error.response.status, status);
        assert.equal(error.response.data.resourceType, "OperationOutcome");
        return true;
    });
}

async function findStroke() {
    const bundle = await client.search({ resourceType: "Patient", searchParams: { family: stroke.family, birthdate: stroke.born } });
    assert.equal(bundle.total, 1);
    return bundle.entry[0].resource;
}

// The search parameters that FHIR R4 has of each kind, and those about the answer.
const common = ["_id", "_lastUpdated", "_tag", "_profile", "_security", "_text", "_content", "_list", "_has:Encounter:patient:class", "_type", "_query", "_filter",
    "_sort", "_revinclude", "_contained", "_containedType", "_summary:text", "_count:exact", "_include:iterate", "shoe"];
const known = {
    Patient: ["active", "address", "address-city", "address-country", "address-postalcode", "address-state", "address-use", "birthdate", "death-date", "deceased", "email", "family",
        "gender", "general-practitioner", "given", "identifier", "language", "link", "name", "organization", "phone", "phonetic", "telecom", "family:missing", "gender:contains", "name:text", "birthdate:missing"],
    RelatedPerson: ["active", "address", "birthdate", "email", "gender", "identifier", "name", "patient", "phone", "relationship", "telecom"],
    Encounter: ["account", "appointment", "based-on", "class", "date", "diagnosis", "episode-of-care", "identifier", "length", "location", "location-period", "part-of", "participant",
        "participant-type", "patient", "practitioner", "reason-code", "service-provider", "special-arrangement", "status", "subject", "type", "class:not", "patient.family", "subject:Patient.family"],
    EpisodeOfCare: ["care-manager", "condition", "date", "identifier", "incoming-referral", "organization", "patient", "status", "team-member", "type"],
    CarePlan: ["activity-code", "activity-date", "activity-reference", "based-on", "care-team", "category", "condition", "date", "encounter", "goal", "identifier", "intent", "part-of",
        "patient", "performer", "replaces", "status", "subject"],
    Condition: ["abatement-date", "asserter", "body-site", "category", "clinical-status", "code", "encounter", "evidence", "identifier", "onset-date", "patient", "recorded-date", "severity",
        "stage", "subject", "verification-status"],
    Organization: ["active", "address", "endpoint", "identifier", "name", "partof", "phonetic", "type"],
    Location: ["address", "address-city", "address-postalcode", "endpoint", "identifier", "name", "near", "operational-status", "organization", "partof", "status", "type"],
};

test("the statement of capabilities names each search parameter that works, and no other", async () => {
    const answer = await ask(server, "GET", "/fhir/metadata");
    assert.equal(answer.status, 200);
    const statement = JSON.parse(answer.body);
    assert.equal(statement.implementation.url, base); // invariant cpb-15 of an instance
    const [{ resource: kinds, searchParam: ofAll }] = statement.rest;
    assert.deepEqual(kinds.map(({ type }) => type).sort(), Object.keys(known).sort());
    const { id } = await findStroke();
    const values = { _count: "3", _summary: "count", _total: "none", _elements: "id", patient: id, subject: `Patient/${id}`, "patient:identifier": "1", identifier: "1", "subject:identifier": "1", "patient:Patient": id };
    const valueOf = (name) => values[name] ?? (/date/.test(name) ? "2024" : "x");
    for (const { type, searchParam, searchInclude = [] } of kinds) {
        const named = new Set(searchParam.map(({ name }) => name));
        assert.equal(named.size, searchParam.length, type);
        for (const name of new Set([...common, ...known[type], ...named])) {
            const whose = named.has("patient") && !["patient", "_id"].includes(name) ? `&patient=${id}` : type === "Patient" && name.startsWith("_") && name !== "_id" ? "&family=x" : "";
            const { status } = await get(`${type}?${name}=${valueOf(name)}${whose}`);
            assert.equal(status, named.has(name) ? 200 : 400, `${type}?${name}`);
        }
        const some = named.has("patient") ? `patient=${id}` : "_id=x";
        for (const { name } of ofAll.filter((one) => one.name !== "_include")) {
            assert.equal((await get(`${type}?${some}&${name}=${valueOf(name)}`)).status, 200, `${type} ${name}`);
        }
        for (const include of [...searchInclude, `${type}:patient`, `${type}:subject`, `${type}:organization`, `${type}:part-of`, "*", "Encounter:service-provider"]) {
            const { status } = await get(`${type}?${some}&_include=${include}`);
            assert.equal(status, searchInclude.includes(include) ? 200 : 400, `${type} ${include}`);
        }
    }
});

test("fhirclient and fhir-kit-client read a person", async () => {
    const patient = await findStroke();
    assert.equal(patient.name[0].family, stroke.family);
    const again = await client.read({ resourceType: "Patient", id: patient.id });
    assert.deepEqual(again, patient);
    const request = { url: "/", headers: { host: "localhost" }, socket: {} };
    const other = smart(request, {}, {}).client({ serverUrl: base, tokenResponse: { access_token: bearer } });
    assert.deepEqual(await other.request(`Patient/${patient.id}`), patient);
    const encounters = await other.request(`Encounter?patient=${patient.id}&_count=100`, { pageLimit: 0, flat: true });
    const bundle = await client.search({ resourceType: "Encounter", searchParams: { patient: patient.id, _summary: "count" } });
    assert.equal(encounters.filter(({ resourceType }) => resourceType === "Encounter").length, bundle.total);
    assert.ok(bundle.total > 100);
});

test("every kind of resource passes the validator", async () => {
    const patient = await findStroke();
    const validator = new Fhir();
    assert.ok((await get(`CarePlan?patient=${patient.id}`)).json.total > 0);
    assert.ok((await get(`Condition?patient=${patient.id}`)).json.total > 0);
    for (const search of ["Patient?family=p", `Encounter?patient=${patient.id}&_count=100`, `EpisodeOfCare?patient=${patient.id}`,
        `CarePlan?patient=${patient.id}`, `Condition?patient=${patient.id}`, `RelatedPerson?patient=${patient.id}`, "Organization", "Location", "metadata"]) {
        const { status, json } = await get(search);
        assert.equal(status, 200, search);
        for (const resource of [json, ...(json.entry ?? []).map((entry) => entry.resource)]) {
            const { valid, messages } = validator.validate(resource);
            assert.ok(valid, `${search}: ${JSON.stringify(messages)}`);
        }
    }
});

test("a page of a search leads to the next, and no link names anybody", async () => {
    const all = await get("Patient?family=p&_count=100");
    let bundle = (await get("Patient?family=p&_count=3")).json;
    const ids = [];
    for (;;) {
        for (const { resource } of bundle.entry.filter(({ search }) => search.mode === "match")) {
            ids.push(resource.id);
        }
        for (const { url } of bundle.link) {
            assert.match(url, /\/fhir\/Patient\?_page=[\w-]+$/);
        }
        const next = bundle.link.find(({ relation }) => relation === "next");
        if (next === undefined) {
            break;
        }
        bundle = (await get(next.url.slice(base.length + 1))).json;
    }
    assert.deepEqual(ids, all.json.entry.filter(({ search }) => search.mode === "match").map(({ resource }) => resource.id));
    assert.equal(new Set(ids).size, all.json.total);
    assert.equal((await get("Patient?_page=AAAA")).status, 410);
    assert.doesNotMatch(server.log(), /Preece|family=/i);
});

test("an encounter is found by its date, class and status, and read by its id", async () => {
    const { id } = await findStroke();
    const stays = (await get(`Encounter?patient=Patient/${id}&class=IMP`)).json;
    assert.ok(stays.total >= 2);
    for (const { resource } of stays.entry.filter(({ search }) => search.mode === "match")) {
        assert.equal(resource.class.code, "IMP");
        const day = resource.period.start.slice(0, 10);
        const same = (await get(`Encounter?patient=${id}&class=IMP&date=ge${day}&date=le${day}`)).json;
        assert.ok(same.entry.some((entry) => entry.resource.id === resource.id));
        assert.deepEqual((await get(`Encounter/${resource.id}`)).json, resource);
    }
    assert.equal((await get(`Encounter?patient=${id}&date=lt1900`)).json.total, 0);
    assert.equal((await get(`Encounter/${id}.0000000000000000`)).status, 404);
});

test("a match forgives slips of the pen and says how sure it is", async () => {
    const { id } = await findStroke();
    const bundle = await client.operation({
        name: "$match", resourceType: "Patient",
        input: { resourceType: "Parameters", parameter: [{ name: "resource",
            resource: { resourceType: "Patient", name: [{ family: "Preese", given: ["Gwendolin"] }], birthDate: stroke.born } }] },
    });
    const best = bundle.entry[0];
    assert.equal(best.resource.id, id);
    assert.ok(best.search.score > 0.5);
    assert.match(best.search.extension[0].valueCode, /^(certain|probable|possible)$/);
    const wrong = await ask(server, "POST", "/fhir/Patient/$match",
        { headers: { authorization: `Bearer ${bearer}`, "content-type": "application/fhir+json" }, body: "{" });
    assert.equal(wrong.status, 400);
});

test("an answer that the client has is not sent again", async () => {
    const { id } = await findStroke();
    const first = await get(`Patient/${id}`);
    assert.match(first.headers.etag, /^W\/"[0-9a-f]{16}"$/);
    const second = await get(`Patient/${id}`, { "if-none-match": first.headers.etag });
    assert.equal(second.status, 304);
    assert.equal(second.body, "");
});

test("what is not understood is refused, or left out and named when the client asks for that", async () => {
    await refused(client.search({ resourceType: "Patient", searchParams: { shoe: "9" } }), 400);
    await refused(client.search({ resourceType: "Patient", searchParams: { birthdate: "yesterday" } }), 400);
    await refused(client.search({ resourceType: "Patient" }), 400);
    await refused(client.search({ resourceType: "Encounter" }), 400);
    await refused(client.search({ resourceType: "Observation" }), 404);
    assert.equal((await get("Patient?family=preece&_format=xml")).status, 406);
    const lenient = await get("Patient?family=preece&shoe=9", { prefer: "handling=lenient" });
    assert.equal(lenient.status, 200);
    assert.ok(lenient.json.entry.some(({ search, resource }) => search.mode === "outcome" && resource.issue[0].code === "not-supported"));
});

test("no search goes through another resource", async () => {
    const { id } = await findStroke();
    for (const search of ["Patient?_has:Encounter:patient:class=IMP", `Patient?_id=${id}&_revinclude=CarePlan:patient`,
        "Encounter?subject:Patient.family=preece", "Encounter?patient.family=preece"]) {
        assert.equal((await get(search)).status, 400, search);
    }
});

const modes = ({ json }, mode) => (json.entry ?? []).filter(({ search }) => search.mode === mode);

test("what is included is what is read by itself, once, and does not count", async () => {
    const patient = await findStroke();
    for (const [search, includes] of [["Encounter", ["Encounter:patient", "Encounter:service-provider"]], ["Encounter", ["Encounter:subject:Patient"]],
        ["EpisodeOfCare", ["EpisodeOfCare:patient", "EpisodeOfCare:organization"]], ["CarePlan", ["CarePlan:subject"]], ["Condition", ["Condition:patient,Condition:subject"]]]) {
        const plain = await get(`${search}?patient=${patient.id}&_count=4`);
        const page = await get(`${search}?patient=${patient.id}&_count=4&${includes.map((include) => `_include=${include}`).join("&")}`);
        assert.equal(page.json.total, plain.json.total);
        assert.deepEqual(modes(page, "match"), modes(plain, "match"));
        const included = modes(page, "include");
        const bodies = includes.length === 1 ? [] : modes(plain, "match").map(({ resource }) => (resource.serviceProvider ?? resource.managingOrganization).reference);
        assert.deepEqual(included.map(({ fullUrl }) => fullUrl.slice(base.length + 1)).sort(), [...new Set([...bodies, `Patient/${patient.id}`])].sort());
        for (const { fullUrl, resource } of included) {
            assert.deepEqual((await get(fullUrl.slice(base.length + 1))).json, resource);
        }
    }
    assert.equal(modes(await get("Location?_include=Location:organization"), "include").length, (await get("Organization")).json.total);
    assert.equal((await get(`Encounter?patient=${patient.id}&_include=Encounter:subject:Group`)).status, 400);
});

test("a patient is named by id, reference, address or identifier, and each condition counts", async () => {
    const { id, identifier } = await findStroke();
    const local = identifier.find(({ system }) => system.startsWith("urn:shire:"));
    const all = (await get(`Encounter?patient=${id}&_summary=count`)).json.total;
    const total = async (search) => {
        const { status, json } = await get(search);
        assert.equal(status, 200, search);
        return json.total;
    };
    for (const whose of [`patient=Patient/${id}`, `subject=Patient/${id}`, `patient:Patient=${id}`, `patient=${base}/Patient/${id}`, `patient=Patient/${id},Patient/Pffffffffffffffff`,
        `patient=${id}&subject=Patient/${id}`, `patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${identifier[0].value}`, `patient:identifier=${encodeURIComponent(`${local.system}|${local.value}`)}`]) {
        assert.equal(await total(`Encounter?${whose}&_summary=count`), all, whose);
    }
    for (const whose of [`patient=Organization/${id}`, `patient=https://elsewhere.example/fhir/Patient/${id}`, `patient=${id}&patient=Pffffffffffffffff`, `patient=${id}&subject=Patient/Pffffffffffffffff`,
        `patient:identifier=https://elsewhere.example|${identifier[0].value}`, `patient:identifier=|${identifier[0].value}`]) {
        assert.equal(await total(`Encounter?${whose}`), 0, whose);
    }
    assert.equal((await get("Encounter?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|")).status, 400);
    assert.equal((await get(`Encounter?patient=${Array.from({ length: 17 }, (_, i) => `P${i}`).join()}`)).status, 400);
    for (const kind of ["Encounter", "EpisodeOfCare", "CarePlan", "Condition"]) {
        const [first, second] = modes(await get(`${kind}?patient=${id}`), "match").map(({ resource }) => resource);
        assert.deepEqual(modes(await get(`${kind}?_id=${first.id}`), "match").map(({ resource }) => resource), [first]);
        assert.equal(await total(`${kind}?_id=${first.id}&patient=Pffffffffffffffff`), 0);
        if (second !== undefined) {
            assert.equal(await total(`${kind}?_id=${first.id},${second.id}`), 2);
        }
    }
});

test("a name is found by its beginning, as it stands, or by a part of it", async () => {
    const ids = async (search) => (await get(`${search}&_count=100`)).json.entry?.filter(({ search: { mode } }) => mode === "match").map(({ resource }) => resource) ?? [];
    const { id } = await findStroke();
    const all = await ids("Patient?gender=male,female,other,unknown");
    assert.equal(all.length, 100); // enough to look for others in
    for (const [search, fits] of [["family:contains=REEC", ({ family }) => /reec/i.test(family)], ["family=reec", () => false], ["given:contains=w%C3%A9n", ({ given }) => given.some((one) => /wen/i.test(one))],
        ["name:contains=reec", ({ family, given }) => [family, ...given].some((one) => /reec/i.test(one))]]) {
        const found = await ids(`Patient?${search}`);
        assert.ok(found.every(({ name }) => fits(name[0])), search);
        assert.equal(found.some((one) => one.id === id), search !== "family=reec", search);
    }
    assert.equal((await ids(`Patient?_id=${id}&family:exact=pReece`)).length, 0);
    assert.equal((await ids(`Patient?_id=${id}&family:exact=Preece`)).length, 1);
    const [{ address: [{ postalCode }] }] = await ids(`Patient?_id=${id}`);
    for (const [value, count] of [[postalCode.slice(1).toLowerCase(), 1], [postalCode.replace(" ", ""), 1], [postalCode.slice(-3), 1], ["ZZZ", 0]]) {
        assert.equal((await ids(`Patient?_id=${id}&address-postalcode:contains=${encodeURIComponent(value)}`)).length, count, value);
    }
    assert.equal((await ids(`Patient?_id=${id}&address-postalcode=${encodeURIComponent(postalCode.slice(-3))}`)).length, 0);
    assert.deepEqual((await ids("Organization?name:contains=hospital")).map((one) => one.id), ["RLQ"]);
});

test("of what is found only the elements that are asked for are sent, and those that must be there", async () => {
    const { id } = await findStroke();
    const validator = new Fhir();
    const asked = { Patient: ["name", "birthDate"], Encounter: ["period"], EpisodeOfCare: ["managingOrganization"], CarePlan: ["title", "goal"], Condition: ["code"], Organization: ["name"], Location: ["name"] };
    const needed = { Encounter: ["status", "class"], EpisodeOfCare: ["status", "patient"], CarePlan: ["status", "intent", "subject", "contained"], Condition: ["clinicalStatus", "subject"] };
    for (const [kind, elements] of Object.entries(asked)) {
        const whose = kind === "Patient" ? `_id=${id}` : needed[kind] ? `patient=${id}` : "_id=RLQ";
        const whole = modes(await get(`${kind}?${whose}`), "match");
        const part = await get(`${kind}?${whose}&_elements=${elements},shoe`);
        const include = { Encounter: "&_include=Encounter:patient", CarePlan: "&_include=CarePlan:subject" }[kind] ?? "";
        assert.deepEqual(modes(await get(`${kind}?${whose}&_elements=${elements.join("&_elements=")}${include}`), "match").map(({ resource }) => resource), modes(part, "match").map(({ resource }) => resource));
        assert.equal(part.json.total, (await get(`${kind}?${whose}`)).json.total);
        for (const [i, { resource }] of modes(part, "match").entries()) {
            const all = whole[i].resource;
            const kept = Object.keys(all).filter((name) => ["resourceType", "id", "meta", ...elements, ...(needed[kind] ?? [])].includes(name));
            assert.deepEqual(resource, { ...Object.fromEntries(kept.map((name) => [name, all[name]])), meta: { ...all.meta, tag: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", code: "SUBSETTED" }] } });
            assert.ok(kept.length < Object.keys(all).length, kind);
            assert.ok(validator.validate(resource).valid, kind);
        }
    }
    const bare = modes(await get(`CarePlan?patient=${id}&_elements=title`), "match")[0].resource;
    assert.equal(bare.contained ?? bare.goal, undefined);
    const [{ resource: patient }] = modes(await get(`Encounter?patient=${id}&_count=1&_elements=period&_include=Encounter:patient`), "include");
    assert.deepEqual(patient, (await get(`Patient/${id}`)).json); // what goes with it is whole
});

test("a token's system counts", async () => {
    const { id, gender, telecom } = await findStroke();
    const phone = telecom.find(({ system }) => system === "phone").value;
    const cases = [[`Encounter?patient=${id}&class=`, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "IMP"], [`Encounter?patient=${id}&status=`, "http://hl7.org/fhir/encounter-status", "finished"],
        [`EpisodeOfCare?patient=${id}&status=`, "http://hl7.org/fhir/episode-of-care-status", "active"], [`CarePlan?patient=${id}&status=`, "http://hl7.org/fhir/request-status", "active"],
        [`Condition?patient=${id}&clinical-status=`, "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"],
        [`Condition?patient=${id}&category=`, "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item"],
        ["Organization?identifier=", "https://fhir.nhs.uk/Id/ods-organization-code", "RLQ"], [`Patient?_id=${id}&gender=`, "http://hl7.org/fhir/administrative-gender", gender],
        [`Patient?_id=${id}&phone=`, "phone", encodeURIComponent(phone)]];
    for (const [search, system, code] of cases) {
        const { total } = (await get(`${search}${code}`)).json;
        assert.ok(total > 0, search + code);
        assert.equal((await get(`${search}${system}|${code}`)).json.total, total, search);
        assert.equal((await get(`${search}https://elsewhere.example|${code}`)).json.total, 0, search);
    }
    assert.equal((await get(`Patient?_id=${id}&phone=${encodeURIComponent(phone.slice(0, 6))}`)).json.total, 0);
});

test("only JSON is spoken, in whatever words the client asks for it", async () => {
    const { id } = await findStroke();
    const asked = async (accept, path = `Patient/${id}`) => (await get(path, { accept })).status;
    for (const accept of ["*/*", "application/fhir+json", "application/json", "application/fhir+json; fhirVersion=4.0", "application/fhir+json; fhirVersion=\"4.0\"; q=1", "application/fhir+json; fhirVersion=3.0, application/fhir+json; fhirVersion=4.0", "application/fhir+xml;q=0.5, application/fhir+json", "text/html, */*;q=0.1", "Application/*", ""]) {
        assert.equal(await asked(accept), 200, accept);
        assert.equal(await asked(accept, "metadata"), 200, accept);
    }
    for (const accept of ["application/fhir+xml", "text/html", "application/fhir+json;q=0", "text/turtle, application/xml", ",,", "application/fhir+json; fhirVersion=3.0", "application/fhir+json;fhirVersion=5.0;q=0.5"]) {
        const { status, json, headers } = await get(`Patient/${id}`, { accept });
        assert.equal(status, 406, accept);
        assert.equal(json.resourceType, "OperationOutcome");
        assert.match(headers["content-type"], /^application\/fhir\+json/);
        assert.equal(await asked(accept, "metadata"), 406, accept);
    }
    for (const format of ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"]) {
        assert.equal(await asked("application/fhir+xml", `Patient/${id}?_format=${format}`), 200, format); // _format stands above Accept
    }
    assert.equal((await get("metadata?_format=xml")).status, 406);
});

const send = (method, path, type, body) => ask(server, method, `/fhir/${path}`, { headers: { authorization: `Bearer ${bearer}`, ...(type === undefined ? {} : { "content-type": type }) }, body });

test("a search by POST is the same search, and its pages too", async () => {
    const form = "application/x-www-form-urlencoded";
    const all = await get("Patient?family=p&_count=100");
    const sent = await send("POST", "Patient/_search", form, "family=p&_count=100");
    assert.deepEqual(JSON.parse(sent.body).entry, all.json.entry);
    assert.deepEqual(JSON.parse((await send("POST", "Patient/_search?_count=100", `${form}; charset=UTF-8`, "family=p")).body).entry, all.json.entry);
    assert.equal(JSON.parse((await send("POST", "Patient/_search?family=p", form, "gender=none-of-these")).body).total, 0);
    assert.equal((await send("POST", "Patient/_search?family=p", undefined, null)).status, 200);
    assert.equal((await send("POST", "Patient/_search", "application/fhir+json", "{}")).status, 415);
    assert.equal((await send("POST", "Patient/_search?family=p", "text/plain", "gender=male")).status, 415);
    assert.equal((await send("POST", "Patient/$match", "application/fhir+json; fhirVersion=3.0", "{}")).status, 415);
    assert.equal((await send("POST", "Patient/_search", form, "family=p&_format=xml")).status, 406);
    const ids = [];
    let bundle = JSON.parse((await send("POST", "Patient/_search", form, "family=p&_count=2")).body);
    for (;;) {
        ids.push(...bundle.entry.filter(({ search }) => search.mode === "match").map(({ resource }) => resource.id));
        if (bundle.link.every(({ relation }) => relation !== "next")) {
            break;
        }
        bundle = await client.nextPage({ bundle });
    }
    assert.deepEqual(ids, modes(all, "match").map(({ resource }) => resource.id));
});

test("each refusal is an OperationOutcome", async () => {
    const { id } = await findStroke();
    const json = "application/fhir+json";
    const cases = [[400, "GET", "Patient"], [400, "GET", "Patient?family=a&_count=many"], [404, "GET", "Observation"], [404, "GET", "Observation/1"], [404, "GET", "Patient/x"], [404, "GET", ""],
        [404, "GET", `Patient/${id}/_history/1`], [404, "GET", `Patient/${id}/$everything`], [405, "PUT", `Patient/${id}`, json, "{}"], [405, "PATCH", `Patient/${id}`, json, "{}"],
        [405, "DELETE", `Patient/${id}`], [405, "POST", "Patient", json, "{}"], [410, "GET", "Patient?_page=AAAA"], [415, "POST", "Patient/$match", "application/fhir+xml", "<Parameters/>"],
        [400, "POST", "Patient/$match", json, ""], [400, "POST", "Patient/$match", json, "[]"], [400, "POST", "Patient/$match", json, "{\"resourceType\": \"Observation\"}"],
        [400, "POST", "Patient/$match", json, JSON.stringify({ resourceType: "Parameters", parameter: [{ name: "resource", resource: { resourceType: "Observation" } }] })],
        [406, "GET", `Patient/${id}?_format=ttl`]];
    for (const [status, ...request] of cases) {
        const answer = await send(...request);
        const what = `${request.slice(0, 2).join(" ")}: ${answer.status} ${answer.body.slice(0, 200)}`;
        assert.equal(answer.status, status, what);
        assert.match(answer.headers["content-type"], /^application\/fhir\+json/, what);
        const outcome = JSON.parse(answer.body);
        assert.equal(outcome.resourceType, "OperationOutcome", what);
        assert.ok(new Fhir().validate(outcome).valid, what);
        assert.equal(outcome.issue[0].severity, "error");
    }
});

test("each kind has its ETag, and what the client has is not sent again", async () => {
    const { id } = await findStroke();
    const paths = [`Patient/${id}`, "Organization/RLQ", "Location/RLQ"];
    for (const kind of ["Encounter", "EpisodeOfCare", "CarePlan", "Condition"]) {
        paths.push(`${kind}/${modes(await get(`${kind}?patient=${id}`), "match")[0].resource.id}`);
    }
    for (const path of paths) {
        const first = await get(path);
        assert.equal(first.headers.etag, `W/"${first.json.meta.versionId}"`);
        for (const tag of [first.headers.etag, `W/"0", ${first.headers.etag}`, `"a, b",${first.headers.etag} , "c"`, first.headers.etag.slice(2), "*"]) {
            const again = await get(path, { "if-none-match": tag });
            assert.deepEqual([again.status, again.body, again.headers.etag], [304, "", first.headers.etag], path);
        }
        for (const tag of ["W/\"0000000000000000\"", first.json.meta.versionId, first.headers.etag.replace("W/\"", "W/\"0"), `${first.headers.etag.slice(0, -1)}0"`, "\"*\"", "", "\"", "W/"]) {
            assert.equal((await get(path, { "if-none-match": tag })).status, 200, tag);
        }
        const head = await send("HEAD", path);
        assert.deepEqual([head.status, head.body, head.headers.etag], [200, "", first.headers.etag]);
    }
});

test("what UK Core has servers support is there", async () => {
    const patient = await findStroke();
    const full = await client.read({ resourceType: "Patient", id: patient.id });
    const [number] = full.identifier;
    assert.equal(number.system, "https://fhir.nhs.uk/Id/nhs-number");
    assert.match(number.value, /^\d{10}$/);
    assert.equal(number.extension[0].url, "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus");
    const one = async (search) => modes(await get(search), "match")[0].resource;
    const kinds = [[full, ["identifier", "active", "name", "telecom", "gender", "birthDate", "address", "generalPractitioner"]],
        [await one(`Encounter?patient=${patient.id}&class=IMP`), ["identifier", "status", "class", "type", "serviceType", "subject", "period", "serviceProvider"]],
        [await one(`EpisodeOfCare?patient=${patient.id}`), ["status", "type", "patient", "managingOrganization"]],
        [await one(`CarePlan?patient=${patient.id}`), ["status", "intent", "title", "subject", "created", "author", "addresses", "goal", "activity"]],
        [await one(`Condition?patient=${patient.id}`), ["clinicalStatus", "category", "code", "subject", "recordedDate"]],
        [await one("Organization?identifier=RLQ"), ["identifier", "active", "type", "name"]],
        [await one("Location?identifier=RLQ"), ["identifier", "status", "name", "managingOrganization"]]];
    for (const [resource, elements] of kinds) {
        for (const element of elements) {
            assert.ok(resource[element] !== undefined && resource[element].length !== 0, `${resource.resourceType}.${element}`);
        }
        const profiled = !["EpisodeOfCare", "CarePlan"].includes(resource.resourceType);
        assert.deepEqual(resource.meta.profile, profiled ? [`https://fhir.hl7.org.uk/StructureDefinition/UKCore-${resource.resourceType}`] : undefined);
    }
});

test("who may not be known is not there, in reads, searches, counts and matches", async () => {
    const { id, identifier } = await findStroke();
    const number = identifier[0].value;
    for (const headers of [{}, { authorization: "Bearer " + "0".repeat(64) }]) {
        for (const path of [`Patient/${id}`, `Patient?identifier=${number}`, `Encounter?patient=${id}`]) {
            assert.equal((await ask(server, "GET", `/fhir/${path}`, { headers })).status, 401);
        }
    }
    assert.equal((await get(`Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${number}`)).json.total, 1);
    const strangers = await get("Patient/Pffffffffffffffff");
    assert.equal(strangers.status, 404);
    assert.equal((await get("Encounter?patient=Pffffffffffffffff")).json.total, 0);
    assert.equal((await get("Patient?_id=Pffffffffffffffff&_summary=count")).json.total, 0);
});

test("every read is in the audit log before it is answered", async () => {
    const { id } = await findStroke();
    const count = async () => JSON.parse((await shire(["audit", "log", dir, "--subject", id, "--json"])).stdout).length;
    const before = await count();
    await client.read({ resourceType: "Patient", id });
    assert.equal(await count(), before + 1);
});

await run();
