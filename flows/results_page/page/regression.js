// The page of a regression.
import { command_line, facts, h, plain_table, section } from "./dom.js";
import { counted, duration, number_text, reached } from "./format.js";
import { make_bins } from "./scale.js";
import { make_table } from "./table.js";
import { chart, show_tip, tip_list } from "./charts.js";

export function regression_page(data) {
  return {
    intro: [
      h("p", {}, "The results of ", h("code", {}, "cimforge regress"), ": each specification of each test with each seed."),
      data.complete === false && h("p", { class: "note" }, "It was interrupted: this is what had finished."),
      facts([
        ["Runs", data.planned === data.runs.test.length ? number_text(data.planned)
          : `${number_text(data.runs.test.length)} of ${number_text(data.planned)}`],
        ["Passed", number_text(data.passed), "good"],
        ["Failed", number_text(data.failed), data.failed > 0 ? "bad" : null],
        ["Errors", number_text(data.errors), data.errors > 0 ? "bad" : null],
        ["Time", duration(data.seconds)],
      ]),
    ],
    sections: [regression_failures(data), regression_coverage(data), regression_runs(data), regression_times(data),
      regression_provenance(data)],
  };
}

/// The name of a specification without the directories, which the runs' commands have.
function file_name(path) {
  return String(path ?? "–").split("/").at(-1);
}

function regression_failures(data) {
  if (data.failures.length === 0) {
    return section("failures", "Failures", h("p", { class: "empty" },
      data.failed + data.errors === 0 ? "Every run passed." : "What did not pass stands under Runs; it was not made smaller."));
  }
  return section("failures", "Failures",
    h("p", {}, "Of each test and specification the smallest failing seed, with the smallest number of vectors that fails."),
    data.failures.map((each) => h("details", { class: "failure print-open" },
      h("summary", {}, h("strong", {}, each.test), ` ${file_name(each.specification)}`,
        each.seed !== null && ` seed ${each.seed}`, ": ", h("span", { class: "state failed" }, each.verdict)),
      h("dl", { class: "values" }, [["Vectors", each.vectors === null ? "–" : number_text(each.vectors)],
        ["First wrong vector", each.first_mismatch_vector === null ? "–" : number_text(each.first_mismatch_vector)],
        each.monotone === false && ["Note", "some larger number of vectors passes"]].filter(Boolean)
        .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      h("p", {}, "To repeat it, in the directory of results:"),
      command_line(`sh ${each.folder}/repeat.sh`, `of ${each.test}`),
      h("p", {}, "which runs ", h("code", {}, each.command)),
      each.message && h("pre", { tabindex: "0", "aria-label": "What it said" }, each.message))));
}

function bar(share) {
  return h("span", { class: "share", "aria-hidden": "true" }, h("span", { style: { width: `${100 * share}%` } }));
}

function regression_coverage(data) {
  const { coverage } = data;
  const title = "Coverage";
  if (!coverage || (coverage.code.runs === 0 && coverage.functional.total === 0)) {
    return section("coverage", title, h("p", { class: "empty" }, "No run recorded coverage."));
  }
  const { code, functional } = coverage;
  const cell = (count) => count.total === 0 ? "–" : [bar(count.hit / count.total),
    `${number_text(count.hit)} of ${number_text(count.total)}, ${reached(count.hit, count.total)}`];
  return section("coverage", title,
    facts([
      code.runs > 0 && ["Lines", reached(code.lines.hit, code.lines.total)],
      code.runs > 0 && ["Toggles", reached(code.toggles.hit, code.toggles.total)],
      functional.total > 0 && ["Bins of the bench", reached(functional.hit, functional.total)],
    ]),
    code.runs > 0 && plain_table(`Code by module, over ${counted(code.runs, "run")}`, ["Module", "Lines", "Toggles"],
      code.modules.map((module) => [module.name, cell(module.lines), cell(module.toggles)])),
    functional.total > 0 && plain_table("Bins of the bench by specification", ["Specification", "Runs", "Hit", "Missed"],
      functional.specifications.map((each) => [file_name(each.specification), number_text(each.runs), cell(each),
        each.missed.length === 0 ? "–" : each.missed.map((bin) => h("div", {}, bin))]), [1]));
}

function regression_runs(data) {
  const { runs } = data;
  const verdict = (k) => h("span", { class: `state ${runs.verdict[k] === "passed" ? "done" : "failed"}` }, runs.verdict[k]);
  const table = make_table([
    { title: "Test", at: (k) => runs.test[k] },
    { title: "Specification", at: (k) => file_name(runs.specification[k]) },
    { title: "Seed", number: true, at: (k) => runs.seed[k], cell: (k) => runs.seed[k] === null ? "–" : String(runs.seed[k]) },
    { title: "Verdict", at: (k) => runs.verdict[k], cell: verdict },
    { title: "Seconds", number: true, at: (k) => runs.seconds[k] },
    { title: "Message", at: (k) => runs.message[k] ?? "" },
  ], { caption: "Every run. A heading sorts.", noun: "run" });
  table.set_rows(runs.test.map((_, k) => k));
  return section("runs", "Runs", table.element);
}

function regression_times(data) {
  const bins = make_bins(data.runs.seconds.filter((each) => typeof each === "number"));
  if (bins.length === 0) return section("times", "Times", h("p", { class: "empty" }, "No run has a time."));
  const histogram = chart("histogram", () => ({ bins, title: "time of a run (s)", y_title: "runs", marker: null,
    on_hover: (bin, event) => show_tip(bin && tip_list(`${number_text(bin.from)} to ${number_text(bin.to)} s`,
      [["runs", number_text(bin.count)]]), event) }), () => "Histogram of the time of a run in seconds");
  setTimeout(histogram.draw);
  return section("times", "Times", h("figure", { class: "card" }, histogram.element,
    h("details", { class: "as-table" }, h("summary", {}, "As a table"), plain_table("Time of a run", ["From (s)", "To (s)", "Runs"],
      bins.map((each) => [number_text(each.from), number_text(each.to), number_text(each.count)]), [0, 1, 2]))));
}

function regression_provenance(data) {
  const { runs } = data;
  const table = make_table([
    { title: "Run", number: true, at: (k) => k + 1 },
    { title: "Command", at: (k) => runs.command[k], cell: (k) => h("code", {}, runs.command[k]) },
    { title: "Seconds", number: true, at: (k) => runs.seconds[k] },
  ], { caption: "The command of each run", noun: "run" });
  table.set_rows(runs.test.map((_, k) => k));
  return section("provenance", "Provenance",
    h("p", {}, "Verdicts and coverage come from these commands; a regression does not keep the versions of its tools."),
    table.element,
    h("p", { class: "quiet" }, `This page: cimforge ${data.version}, of results.json `, h("code", {}, `sha256:${data.sha256}`), "."));
}
