// npm's own Connect clients against the HTTP door: the two of Node (HTTP/1.1, binary and JSON) and the one of
// browsers, which uses fetch. Started by test_connect_npm.py with the code protoc-gen-es made of proto/.
//   node client.mjs ADDRESS GENERATED
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import SwaggerParser from "@apidevtools/swagger-parser";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport as nodeTransport } from "@connectrpc/connect-node";
import { createConnectTransport as webTransport } from "@connectrpc/connect-web";

const [address, generated] = process.argv.slice(2);
const baseUrl = `http://${address}`;
const proto = (name) => import(pathToFileURL(`${generated}/casewheel/v1/${name}_pb.js`).href);
const { Cases, Channel, LodgeCaseRequestSchema } = await proto("cases");
const { Changes } = await proto("changes");
const { BadRequestSchema } = await import(pathToFileURL(`${generated}/google/rpc/error_details_pb.js`).href);

const seen = [];  // "GET" or "POST", of each request made by fetch
const watched = (url, init) => {
  seen.push(init.method);
  return fetch(url, init);
};
const options = { baseUrl, useHttpGet: true };
const clients = {
  "connect-node, binary": nodeTransport({ ...options, httpVersion: "1.1" }),
  "connect-node, JSON": nodeTransport({ ...options, httpVersion: "1.1", useBinaryFormat: false }),
  "connect-node, gzip": nodeTransport({ ...options, httpVersion: "1.1", compressMinBytes: 1 }),
  "connect-web, JSON": webTransport({ ...options, fetch: watched }),
  "connect-web, binary": webTransport({ ...options, fetch: watched, useBinaryFormat: true }),
};
const tests = [];
const test = (name, run) => tests.push({ name, run });
let ids = 0;
const lodging = () => create(LodgeCaseRequestSchema, {
  requestId: `npm-${process.pid}-${ids++}`, tenant: "taisugar", service: "customer-complaint",
  channel: Channel.WEB, subject: "發票開錯", applicant: { name: "王小明", phone: "0912-345-678" },
});

for (const [name, transport] of Object.entries(clients)) {
  const cases = createClient(Cases, transport);
  const changes = createClient(Changes, transport);

  test(`${name}: unary, and the same again`, async () => {
    const request = lodging();
    const lodged = await cases.lodgeCase(request);
    assert.match(lodged.caseNumber, /^13\d+$/);
    assert.ok(lodged.promises.length > 0 && lodged.promises[0].dueTime);
    const again = await cases.lodgeCase(request);
    assert.equal(again.duplicate, true);
    assert.equal(again.caseNumber, lodged.caseNumber);
  });

  test(`${name}: what has no side effects is asked by GET`, async () => {
    const { caseNumber } = await cases.lodgeCase(lodging());
    seen.length = 0;
    const found = await cases.getCase({ caseNumber });
    if (name.startsWith("connect-web")) assert.deepEqual(seen, ["GET"]);
    assert.equal(found.applicant.name, "王○明");
    assert.equal(found.subject, "發票開錯");
  });

  test(`${name}: errors with their details`, async () => {
    const wrong = await cases.lodgeCase({ ...lodging(), tenant: "", service: "" }).then(() => null, ConnectError.from);
    assert.equal(wrong.code, Code.InvalidArgument);
    const [detail] = wrong.findDetails(BadRequestSchema);
    assert.ok(detail.fieldViolations.some((violation) => violation.field === "service" || violation.field === "tenant"));
    const missing = await cases.getCase({ caseNumber: "131150302000010045" }).then(() => null, ConnectError.from);
    assert.ok([Code.NotFound, Code.InvalidArgument].includes(missing.code));
  });

  test(`${name}: a stream of answers, left when enough was read`, async () => {
    const { caseNumber } = await cases.lodgeCase(lodging());
    const events = [];
    for await (const message of changes.watchChanges({ filter: { tenant: "taisugar" }, position: "start" })) {
      events.push(...message.changes.filter((change) => change.caseNumber === caseNumber).map((change) => change.entry.event));
      if (events.includes("case_lodged")) break;
    }
    assert.equal(events[0], "case_lodged");
  });

  test(`${name}: a stream that is refused`, async () => {
    const refused = await (async () => {
      for await (const _ of changes.watchChanges({ filter: { tenant: "taisugar" }, position: "nowhere" }));
    })().then(() => null, ConnectError.from);
    assert.equal(refused.code, Code.InvalidArgument);
    assert.match(refused.rawMessage, /^position/);
  });

  test(`${name}: a stream within its time, and a call of none`, async () => {
    const late = await (async () => {
      for await (const _ of changes.watchChanges({ filter: { tenant: "taisugar" } }, { timeoutMs: 200 }));
    })().then(() => null, ConnectError.from);
    assert.equal(late.code, Code.DeadlineExceeded);
    const never = await cases.getCase({ caseNumber: "1" }, { timeoutMs: 1 }).then(() => null, ConnectError.from);
    assert.ok([Code.DeadlineExceeded, Code.InvalidArgument].includes(never.code));
  });

  test(`${name}: a call that is given up`, async () => {
    const leave = new AbortController();
    const stream = changes.watchChanges({ filter: { tenant: "taisugar" } }, { signal: leave.signal });
    setTimeout(() => leave.abort(), 100);
    const ended = await (async () => { for await (const _ of stream); })().then(() => null, ConnectError.from);
    assert.equal(ended.code, Code.Canceled);
  });
}

test("the OpenAPI document is one, and tells every method that HTTP carries", async () => {
  const answer = await fetch(`${baseUrl}/openapi.json`);
  assert.equal(answer.headers.get("content-type"), "application/json");
  const document = await SwaggerParser.validate(await answer.json());
  for (const service of [Cases, Changes]) {
    for (const method of service.methods) {
      const path = document.paths[`/${service.typeName}/${method.name}`];
      assert.ok(path?.post, method.name);
      assert.equal(Boolean(path.get), method.idempotency === 1 && method.name !== "FindCasesByPerson", method.name);
    }
  }
  assert.match(document.components.schemas["casewheel.v1.LodgeCaseRequest"].properties.subject.description, /200 characters/);
});

let failed = 0;
for (const { name, run } of tests) {
  try {
    await run();
  } catch (error) {
    failed += 1;
    console.error(`${name}: ${error.stack}`);
  }
}
console.log(`${tests.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);  // a stream that was left keeps Node waiting for its connection
