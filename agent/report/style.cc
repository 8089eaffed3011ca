// The style sheet. Holds no '<', '>' and '&', so that it stands in HTML and in XML as it is.
#include "report/page.h"

namespace kedge::report {

const char kStyleHash[] = "sha256-Ar5dibUxehOLpAuM2OjNk1XqcdIuhSBg/mkAyJjo+iA=";

const char kStyle[] = R"css(
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --surface: #ffffff; --line: #dbe1e7; --edge: #8a96a3; --text: #17212b; --muted: #56636f;
  --wait: #c3ccd5; --check: #9fb3c8; --protect: #6fa8a0; --run: #3b7dc4; --failed: #c0392b; --stop: #d9762b;
  --undo: #8a63c7; --good: #1a7a3c; --bad: #b71c1c; --doubt: #8a5a00; --sent: #0b5cad; --received: #0f766e;
  --lost: #8a5a00; --event: #56636f; --cancel: #c0392b;
  --mono: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font: 15px/1.5 system-ui, "DejaVu Sans", "Liberation Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10161c; --surface: #182028; --line: #2d3945; --edge: #6d7a87; --text: #e3e9ef; --muted: #a2b0bd;
    --wait: #46525e; --check: #5f7389; --protect: #4f8f86; --run: #5a9be0; --failed: #e06456; --stop: #e39250;
    --undo: #a98be0; --good: #6fca8d; --bad: #ff8a80; --doubt: #e8b45e; --sent: #74b6f7; --received: #5fc9bd;
    --lost: #e8b45e; --event: #a2b0bd; --cancel: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1rem 0; }
footer { max-width: 76rem; margin: 0 auto; padding: .75rem 1rem 1.5rem; color: var(--muted); font-size: .85rem; }
h1 { margin: 0; font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
h1 small { color: var(--muted); font-weight: normal; font-size: .7em; white-space: nowrap; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; }
h3 { margin: 1rem 0 .3rem; font-size: .95rem; overflow-wrap: anywhere; }
p, ul { margin: .4rem 0; }
section, header {
  margin-bottom: 1rem; padding: .9rem 1.1rem; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px;
}
.why { margin: .5rem 0 .7rem; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.word { padding: .05rem .45rem; border: 1px solid currentColor; border-radius: 4px; font-size: .85em; font-weight: 600; white-space: nowrap; }
.word.good { color: var(--good); } .word.bad { color: var(--bad); } .word.doubt { color: var(--doubt); }
.word.plain { color: var(--muted); }
.headline { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; }
.note { color: var(--muted); font-size: .88rem; }
.left-out { padding: .3rem .6rem; border-left: 3px solid var(--doubt); color: var(--muted); font-size: .88rem; }

.chart { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.row { display: grid; grid-template-columns: minmax(9rem, 24%) minmax(0, 1fr); }
.row + .row { border-top: 1px solid var(--line); }
.row .name { padding: .35rem .6rem; border-right: 1px solid var(--line); font-size: .85rem; line-height: 1.3; min-width: 0; overflow-wrap: anywhere; }
.row .name small { display: block; color: var(--muted); font-size: .92em; }
.row .name b { font-weight: 600; }
.axis .name { color: var(--muted); }
.cell { position: relative; min-height: 34px; margin: 0 10px; }
.axis .cell { min-height: 22px; }
.cell svg[role] { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.axis text { fill: var(--muted); font-size: 11px; }
.grid line { stroke: var(--line); }
.rule line { stroke: var(--event); stroke-dasharray: 3 3; stroke-width: 1.5; }
.rule.cancel line { stroke: var(--cancel); stroke-dasharray: none; }
.rule.good line { stroke: var(--good); } .rule.bad line { stroke: var(--bad); } .rule.doubt line { stroke: var(--doubt); }
.bar line { stroke-width: 2; }
.bar.wait { fill: var(--wait); stroke: var(--wait); } .bar.check { fill: var(--check); stroke: var(--check); }
.bar.protect { fill: var(--protect); stroke: var(--protect); } .bar.run { fill: var(--run); stroke: var(--run); }
.bar.failed { fill: var(--failed); stroke: var(--failed); } .bar.stop { fill: var(--stop); stroke: var(--stop); }
.bar.undo { fill: var(--undo); stroke: var(--undo); } .bar.good { fill: var(--good); stroke: var(--good); }
.bar.bad { fill: var(--bad); stroke: var(--bad); } .bar.doubt { fill: var(--doubt); stroke: var(--doubt); }
.bar rect { stroke: none; }
.bar.open rect { fill-opacity: .45; }
.bar:hover rect { fill-opacity: .75; }
.mark path.halo, .mark.good path.halo, .mark.bad path.halo, .mark.failed path.halo, .mark.stop path.halo { fill: none; stroke: var(--surface); stroke-width: 5; stroke-opacity: .8; }
.mark path:not(.halo) { fill: var(--event); stroke: var(--surface); stroke-width: 1; }
.mark.sent path:not(.halo) { fill: var(--sent); } .mark.received path:not(.halo) { fill: var(--received); }
.mark.cancel path:not(.halo) { fill: var(--cancel); } .mark.doubt path:not(.halo) { fill: var(--doubt); }
.mark.lost path:not(.halo) { fill: var(--surface); stroke: var(--lost); stroke-width: 2; }
.mark.good path:not(.halo), .mark.bad path:not(.halo), .mark.failed path:not(.halo), .mark.stop path:not(.halo) { fill: none; stroke-width: 2.5; stroke: var(--text); }
.mark.good path:not(.halo) { stroke: var(--good); } .mark.bad path:not(.halo), .mark.failed path:not(.halo) { stroke: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; list-style: none; color: var(--muted); font-size: .82rem; }
.legend li { display: flex; gap: .35rem; align-items: center; }
.legend svg { flex: none; overflow: visible; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .88rem; }
th { text-align: left; color: var(--muted); font-weight: 600; white-space: nowrap; }
th, td { padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.time { font-variant-numeric: tabular-nums; white-space: nowrap; }
td.kind { white-space: nowrap; font-weight: 600; }
td.wide { min-width: 14rem; }
tr.turn td { color: var(--cancel); } tr.good td.kind { color: var(--good); } tr.bad td.kind { color: var(--bad); }
tr.left-out td { color: var(--muted); font-style: italic; }
pre {
  margin: .3rem 0; padding: .5rem .7rem; max-height: 26rem; overflow: auto; background: var(--ground);
  border: 1px solid var(--line); border-radius: 5px; font: .82rem/1.45 var(--mono); white-space: pre-wrap;
  overflow-wrap: anywhere; tab-size: 4;
}
pre.err { border-left: 3px solid var(--stop); }
summary { cursor: pointer; overflow-wrap: anywhere; }
details + details { margin-top: .35rem; }
summary.part { font-size: 1.05rem; font-weight: 700; }
:focus-visible { outline: 2px solid var(--sent); outline-offset: 2px; }

.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem; margin: .8rem 0 0; padding: 0; list-style: none; }
.totals li { padding: .45rem .7rem; border: 1px solid var(--line); border-radius: 6px; }
.totals b { display: block; font-size: 1.35rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.totals span { color: var(--muted); font-size: .85rem; }
.totals .bad b { color: var(--bad); } .totals .doubt b { color: var(--doubt); } .totals .good b { color: var(--good); }
.filter { display: flex; flex-wrap: wrap; gap: .3rem .9rem; margin: .2rem 0 .7rem; padding: 0; border: 0; font-size: .88rem; }
.filter label { display: flex; gap: .3rem; align-items: center; }
.small .cell { min-height: 30px; }
.histogram rect { fill: var(--undo); } .histogram text { fill: var(--muted); font-size: 11px; }
.histogram line { stroke: var(--line); }
/* Here a name is not broken to make room for a lane; the table scrolls instead. */
.executions td { overflow-wrap: break-word; }
td.strip { min-width: 16rem; width: 34%; padding-right: 0; }
td a { color: var(--sent); }
td small { color: var(--muted); }
body:has(#a-differs:checked) .x:not(.a-differs) { display: none; }
body:has(#a-doubt:checked) .x:not(.a-doubt) { display: none; }
body:has(#a-open:checked) .x:not(.a-open) { display: none; }
body:has(#a-agrees:checked) .x:not(.a-agrees) { display: none; }
body:has(#s-SUCCEEDED:checked) .x:not(.s-SUCCEEDED) { display: none; }
body:has(#s-FAILED:checked) .x:not(.s-FAILED) { display: none; }
body:has(#s-REJECTED:checked) .x:not(.s-REJECTED) { display: none; }
body:has(#s-CANCELED:checked) .x:not(.s-CANCELED) { display: none; }
body:has(#s-TIMED_OUT:checked) .x:not(.s-TIMED_OUT) { display: none; }
body:has(#s-REMOVED:checked) .x:not(.s-REMOVED) { display: none; }
body:has(#s-deleted:checked) .x:not(.s-deleted) { display: none; }
body:has(#s-QUEUED:checked) .x:not(.s-QUEUED) { display: none; }
body:has(#s-IN_PROGRESS:checked) .x:not(.s-IN_PROGRESS) { display: none; }

@media (max-width: 44rem) {
  main { padding: .5rem .5rem 0; }
  section, header { padding: .7rem .7rem; border-radius: 6px; }
  .row { grid-template-columns: minmax(0, 1fr); }
  .row .name { border-right: 0; padding-bottom: 0; }
  .row .name small { display: inline; margin-left: .4rem; }
  .axis .name { display: none; }
  .axis .odd { display: none; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: .4rem; }
  td.wide { min-width: 11rem; }
  .events th { display: none; }
  .events tr { display: block; padding: .3rem 0; border-bottom: 1px solid var(--line); }
  .events td { display: inline; padding: 0 .4rem 0 0; border: 0; }
  .events td.wide { display: block; }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #ffffff; --surface: #ffffff; --line: #c9d0d7; --edge: #8a96a3; --text: #000000; --muted: #44505b;
    --wait: #c3ccd5; --check: #9fb3c8; --protect: #6fa8a0; --run: #3b7dc4; --failed: #c0392b; --stop: #d9762b;
    --undo: #8a63c7; --good: #1a7a3c; --bad: #b71c1c; --doubt: #8a5a00; --sent: #0b5cad; --received: #0f766e;
    --lost: #8a5a00; --event: #56636f; --cancel: #c0392b;
    font-size: 10.5pt;
  }
  main, footer { max-width: none; padding: 0; }
  section, header { border: 0; padding: 0; margin-bottom: 1.2em; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .row, tr, li { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  pre { max-height: none; overflow: visible; }
  .scroll { overflow: visible; }
  .filter { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
)css";

}  // namespace kedge::report
