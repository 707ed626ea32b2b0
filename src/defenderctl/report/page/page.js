"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const table = by("matrix");
  if (!table || !table.tBodies) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({
    row,
    details: by("d" + row.id.slice(1)),
    text: row.cells[0].textContent.toLowerCase(),
    tenant: row.querySelector("small").textContent,
    flags: (row.dataset.f || "").split(" "),
    cell: (at) => row.cells[at].textContent,
  }));
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const [form, text, show, product, status] = ["controls", "text", "show", "product", "status"].map(by);
  const products = new Map([...product.options].map((option) => [option.textContent, option.value]));
  let tenant = "", sorted = null, isDown = false;
  form.hidden = false;

  // What is chosen stands in the address, so that it can be kept and passed on.
  const write = () => {
    const chosen = new URLSearchParams();
    const set = (name, value) => value && chosen.set(name, value);
    set("tenant", tenant);
    set("q", text.value);
    set("filter", show.value);
    set("product", product.value && product.selectedOptions[0].textContent);
    if (sorted !== null) set("sort", (isDown ? "-" : "") + heads[sorted].textContent);
    const address = chosen.toString();
    if (address !== location.hash.slice(1)) {
      history.replaceState(null, "", address ? "#" + address : location.pathname + location.search);
    }
  };

  const read = () => {
    const address = location.hash.slice(1);
    // A place in the page leaves all as it is.
    if (address && !address.includes("=")) return;
    const chosen = new URLSearchParams(address);
    const has = (select, value) => [...select.options].some((option) => option.value === value);
    tenant = chosen.get("tenant") || "";
    text.value = chosen.get("q") || "";
    const filter = chosen.get("filter") || "";
    show.value = has(show, filter) ? filter : "";
    product.value = products.get(chosen.get("product")) || "";
    const sort = chosen.get("sort") || "";
    isDown = sort.startsWith("-");
    const at = heads.findIndex((head) => head.textContent === sort.replace(/^-/, ""));
    sorted = at < 0 ? null : at;
    sort && order();
    filterRows();
  };

  const filterRows = () => {
    const wanted = text.value.trim().toLowerCase();
    const flags = show.value === "change" ? ["drift", "plan"] : [show.value];
    const column = product.value;
    let shown = 0;
    for (const it of rows) {
      const is = (!tenant || it.tenant === tenant)
        && it.text.includes(wanted)
        && (!show.value || flags.some((flag) => it.flags.includes(flag)))
        && (!column || !it.cell(column).startsWith("–"));
      it.row.hidden = it.details.hidden = !is;
      if (tenant) it.details.open = is;
      shown += is;
    }
    status.textContent = shown + " of " + rows.length + (rows.length === 1 ? " workspace" : " workspaces") + " shown"
      + (tenant ? ", of tenant " + tenant : "");
  };

  const order = () => {
    if (sorted === null) return;
    heads.forEach((head, at) => at === sorted
      ? head.setAttribute("aria-sort", isDown ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    const keyed = rows.map((it) => [it.cell(sorted), it.row]);
    // What is not there comes last, whichever way.
    const isGone = (key) => key === "–";
    keyed.sort(([left], [right]) => isGone(left) - isGone(right) || (isDown ? compare(right, left) : compare(left, right)));
    body.append(...keyed.map(([, row]) => row));
  };

  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      isDown = sorted === at && !isDown;
      sorted = at;
      order();
      write();
    });
  });
  for (const it of rows) {
    const link = document.createElement("a");
    link.href = "#" + new URLSearchParams({ tenant: it.tenant });
    const small = it.row.querySelector("small");
    link.append(...small.childNodes);
    small.append(link);
    it.row.querySelector("a").addEventListener("click", () => { it.details.open = true; });
  }
  for (const field of [text, show, product]) {
    field.addEventListener("input", () => { filterRows(); write(); });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { tenant = ""; filterRows(); write(); }));
  addEventListener("hashchange", read);
  filterRows();
  read();
})();
