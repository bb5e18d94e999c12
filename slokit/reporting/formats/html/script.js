"use strict";
(() => {
  // What a cell sorts by: its number, or its text; an unknown one stays last in either order.
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.sort ?? cell.textContent.trim();
    if (value === "") return null;
    const number = Number(value);
    return Number.isNaN(number) ? value.toLowerCase() : number;
  };
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === typeof b) return a < b ? -sign : a > b ? sign : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const sort = (table, column, sign) => {
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("owner"));
      rows.map((row) => [key(row, column), row])
        .sort((one, other) => compare(one[0], other[0], sign))
        .forEach(([, row]) => body.append(row));
    }
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.classList.contains("plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      // Chromium repeats a table's head on each printed page, but not the buttons in it.
      const printed = document.createElement("span");
      printed.className = "printed";
      printed.textContent = head.textContent;
      head.replaceChildren(button, printed);
      button.addEventListener("click", () => {
        const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        sort(table, column, order === "ascending" ? 1 : -1);
      });
    });
  }

  const controls = document.querySelector(".controls");
  if (!controls) return;
  const [filter, state, owner, shown] = ["filter", "state", "owner", "shown"].map((id) =>
    document.getElementById(id));
  const bodies = [...document.getElementById("table").tBodies].map((body) => ({
    body,
    owner: body.dataset.owner,
    rows: [...body.rows].filter((row) => !row.classList.contains("owner")).map((row) => ({
      row, state: row.dataset.state,
      text: `${row.cells[1].textContent} ${body.dataset.owner} ${row.dataset.state}`.toLowerCase(),
    })),
  }));
  const all = bodies.reduce((sum, each) => sum + each.rows.length, 0);
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const each of bodies) {
      const own = !owner.value || owner.value === each.owner;
      let visible = 0;
      for (const { row, state: its, text } of each.rows) {
        row.hidden = !(own && (!state.value || state.value === its)
          && words.every((word) => text.includes(word)));
        visible += !row.hidden;
      }
      each.body.hidden = !visible;
      count += visible;
    }
    const called = all === 1 ? "budget" : "budgets";
    shown.textContent = count === all ? `${all} ${called}` : `${count} of ${all} ${called}`;
  };
  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  for (const control of [filter, state, owner]) control.addEventListener("input", apply);
  apply();
})();
