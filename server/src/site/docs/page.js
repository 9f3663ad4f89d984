// Draws /api/openapi.json: operations by tag, their parameters and answers, and a form to try each.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

/** Text whose `quoted` parts are shown as code. */
function prose(text) {
  return text.split("`").map((part, n) => (n % 2 ? element("code", { textContent: part }) : part));
}

/** A schema as a short TypeScript-like text; named schemas are expanded once per branch. */
function typeText(api, schema, depth = 0, seen = []) {
  if (!schema) return "unknown";
  const indent = "  ".repeat(depth);
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    if (seen.includes(name) || depth > 6) return name;
    return typeText(api, api.components.schemas[name], depth, [...seen, name]);
  }
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) {
    return alternatives.map((part) => typeText(api, part, depth, seen)).join(" | ");
  }
  if (schema.allOf) return schema.allOf.map((part) => typeText(api, part, depth, seen)).join(" & ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [].concat(schema.type ?? []);
  if (types.includes("array")) return `${typeText(api, schema.items, depth, seen)}[]`;
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([key, value]) => {
      const optional = schema.required?.includes(key) ? "" : "?";
      const note = value.description ? `  // ${value.description.split("\n")[0]}` : "";
      return `${indent}  ${key}${optional}: ${typeText(api, value, depth + 1, seen)}${note}`;
    });
    return `{\n${lines.join("\n")}\n${indent}}`;
  }
  if (schema.additionalProperties) {
    return `{ [name]: ${typeText(api, schema.additionalProperties, depth, seen)} }`;
  }
  return types.join(" | ") || "any";
}

function parameterTable(api, parameters) {
  const table = element("table");
  for (const parameter of parameters) {
    const kind = `${parameter.in}${parameter.required ? ", required" : ""}`;
    table.append(
      element("tr", {},
        element("th", {}, element("code", { textContent: parameter.name }),
          element("div", { className: "quiet", textContent: kind })),
        element("td", {}, ...prose(parameter.description ?? ""),
          element("div", { className: "quiet", textContent: typeText(api, parameter.schema) }))),
    );
  }
  return table;
}

function answers(api, responses) {
  return Object.entries(responses).map(([status, declared]) => {
    const answer = declared.$ref
      ? api.components.responses[declared.$ref.split("/").pop()]
      : declared;
    const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
    const text = media ? typeText(api, media.schema) : undefined;
    return element("details", {},
      element("summary", {}, element("code", { textContent: status }), " ", ...prose(answer.description ?? ""), " ",
        element("span", { className: "quiet", textContent: type ?? "" })),
      text ? element("pre", { textContent: text }) : undefined);
  });
}

/** A form that sends the request to this server and shows what comes back. */
function tryOut(path, method, operation) {
  const fields = (operation.parameters ?? []).filter((p) => p.in === "path" || p.in === "query");
  const inputs = new Map();
  const table = element("table");
  for (const field of fields) {
    const input = element("input", { name: field.name, required: field.in === "path" });
    inputs.set(field, input);
    table.append(element("tr", {}, element("th", {}, field.name), element("td", {}, input)));
  }
  const body = operation.requestBody ? element("textarea", { value: "{}" }) : undefined;
  const result = element("pre", { hidden: true });
  const form = element("form", {}, element("h3", {}, "Try it"), table, body,
    element("button", { textContent: "Send" }), result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let address = path;
    const query = new URLSearchParams();
    for (const [field, input] of inputs) {
      if (field.in === "path") {
        address = address.replace(`{${field.name}}`, encodeURIComponent(input.value));
      } else if (input.value !== "") {
        query.append(field.name, input.value);
      }
    }
    if (query.size > 0) address += `?${query}`;
    result.hidden = false;
    result.textContent = `${method.toUpperCase()} ${address} …`;
    try {
      const options = body
        ? { method, body: body.value, headers: { "Content-Type": "application/json" } }
        : { method };
      const response = await fetch(address, options);
      const type = response.headers.get("Content-Type") ?? "";
      const text = type.includes("json")
        ? JSON.stringify(await response.json(), null, 2)
        : `${(await response.arrayBuffer()).byteLength} bytes of ${type}`;
      result.className = response.ok ? "" : "failed";
      const shown = text.length > 20000 ? `${text.slice(0, 20000)}\n…` : text;
      result.textContent = `${method.toUpperCase()} ${address}\n${response.status}\n\n${shown}`;
    } catch (error) {
      result.className = "failed";
      result.textContent = String(error);
    }
  });
  return form;
}

function operationPanel(api, path, method, operation) {
  const panel = element("details", { id: operation.operationId });
  panel.append(element("summary", {},
    element("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
    element("code", { textContent: path }),
    element("span", { className: "quiet", textContent: `  ${operation.summary ?? ""}` })));
  panel.addEventListener("toggle", () => {
    if (!panel.open || panel.childElementCount > 1) return;
    if (operation.description) panel.append(element("p", {}, ...prose(operation.description)));
    if (operation.parameters?.length) {
      panel.append(element("h3", {}, "Parameters"), parameterTable(api, operation.parameters));
    }
    const body = Object.values(operation.requestBody?.content ?? {})[0];
    if (body) {
      panel.append(element("h3", {}, "Body"),
        element("pre", { textContent: typeText(api, body.schema) }));
    }
    panel.append(element("h3", {}, "Answers"), ...answers(api, operation.responses ?? {}));
    const streams = Object.values(operation.responses ?? {})
      .some((answer) => answer.content?.["text/event-stream"]);
    if (!streams) panel.append(tryOut(path, method, operation));
  });
  return panel;
}

function draw(api) {
  document.title = api.info.title;
  document.querySelector("#title").textContent = `${api.info.title} ${api.info.version}`;
  document.querySelector("#about").replaceChildren(...prose(api.info.description ?? ""));
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((known) => item[known])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? "Other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push([path, method, operation]);
    }
  }
  const contents = document.querySelector("#contents");
  const operations = document.querySelector("#operations");
  operations.replaceChildren();
  const entries = [];
  for (const [tag, members] of groups) {
    contents.append(element("h2", {}, tag));
    operations.append(element("h2", {}, tag));
    for (const [path, method, operation] of members) {
      const link = element("a", { href: `#${operation.operationId}`, textContent: path });
      const panel = operationPanel(api, path, method, operation);
      link.addEventListener("click", () => { panel.open = true; });
      panel.open = location.hash === `#${operation.operationId}`;
      contents.append(link);
      operations.append(panel);
      entries.push([`${path} ${operation.summary ?? ""}`.toLowerCase(), link, panel]);
    }
  }
  document.querySelector("#find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const [text, link, panel] of entries) {
      link.hidden = panel.hidden = !text.includes(wanted);
    }
  });
}

try {
  const response = await fetch(new URL("openapi.json", location.href));
  if (!response.ok) throw new Error(`openapi.json: ${response.status}`);
  draw(await response.json());
} catch (error) {
  document.querySelector("#operations").replaceChildren(
    element("p", { className: "failed", textContent: String(error) }));
}
