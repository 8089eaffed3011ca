#include "commands/live_lines.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace kedge::commands {
namespace {

TEST_CASE("live lines are whole, safe, and told by their stream") {
  const op::Look look;
  LiveLines lines(look, false);
  CHECK(lines.Add({1, false, "one\ntw"}) == "one\n");
  CHECK(lines.Add({1, true, "care\x1b[31mful\n"}) == "err | careful\n");
  CHECK(lines.Add({1, false, "o\n\nthree"}) == "two\n\n");
  CHECK(lines.Rest() == "three\n");
  CHECK(lines.Rest().empty());
  CHECK(lines.Missing(0).empty());
  CHECK(lines.Missing(2048).find("2 KiB before this") != std::string::npos);
  CHECK(lines.Add({1, false, std::string(5'000, 'x')}).size() == 4'097);  // it may never end
}

TEST_CASE("live lines as JSON are the pieces, one object a line") {
  const op::Look look;
  LiveLines lines(look, true);
  const auto piece = nlohmann::json::parse(lines.Add({7, true, "no line\xff"}));
  CHECK(piece ==
        nlohmann::json{
            {"event", "output"}, {"task", 7}, {"stream", "stderr"}, {"text", "no line\xef\xbf\xbd"}});
  CHECK(nlohmann::json::parse(lines.Missing(5)) == nlohmann::json{{"event", "output-missing"}, {"bytes", 5}});
  CHECK(lines.Rest().empty());
}

}  // namespace
}  // namespace kedge::commands
