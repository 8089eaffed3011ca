#include "process/status_pipe.h"

#include <doctest/doctest.h>

#include "workbench.h"

namespace kedge::process {
namespace {

Told Lines(std::initializer_list<std::string_view> pieces) {
  StatusLines lines;
  for (const auto piece : pieces) lines.Append(piece);
  lines.Finish();
  return lines.Take();
}

TEST_CASE("status lines: key and value, whatever pieces they come in, the newest counts") {
  CHECK(Lines({"a=1\nb=two words\n"}) == Told{{"a", "1"}, {"b", "two words"}});
  CHECK(Lines({"a", "=", "1", "\na=", "2"}) == Told{{"a", "2"}});
  CHECK(Lines({"a=b=c\n\n \nempty=\n"}) == Told{{"a", "b=c"}, {"empty", ""}});
  CHECK(Lines({"no equals sign\n"}) == Told{{"", "no equals sign"}});
}

TEST_CASE("status lines: a line and the number of keys are bounded, progress and step always have a place") {
  StatusLines lines;
  const std::string endless(100000, 'x');
  lines.Append("k=");
  for (int i = 0; i < 10; ++i) lines.Append(endless);
  lines.Append("\n");
  CHECK(lines.Take().at("k").size() == kMaxStatusLine - 2);
  for (int i = 0; i < 1000; ++i) lines.Append("key" + std::to_string(i) + "=v\n");
  lines.Append("progress=9\nstep=last\n");
  const Told told = lines.Take();
  CHECK(told.size() == kMaxStatusKeys + 2);
  CHECK(told.at("progress") == "9");
}

TEST_CASE("a task tells while it runs, and what it said last comes with its end") {
  Workbench bench(false);
  const Folder folder;
  const std::string gate = folder / "gate";
  bench.Start(bench.Shell("t", "echo progress=1 >&$KEDGE_STATUS_FD; while [ ! -e " + gate +
                                   " ]; do sleep 0.01; done; echo progress=2 >&$KEDGE_STATUS_FD"));
  bench.WaitUntil([&] { return !bench.told().empty(); });
  CHECK(bench.told()[0].second == Told{{"progress", "1"}});
  folder.Script("gate", "");
  CHECK(bench.WaitForEnd("t").told == Told{{"progress", "2"}});
}

}  // namespace
}  // namespace kedge::process
