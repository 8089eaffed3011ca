#include <doctest/doctest.h>
#include <systemd/sd-event.h>

#include <csignal>

#include "show.h"
#include "sys/clock.h"

namespace kedge::zoo {
namespace {

constexpr int64_t kMebibyte = 1 << 20;
constexpr int64_t kGibibyte = 1 << 30;

void CheckCounted(const Capture& capture, int64_t written) {
  const auto kept = static_cast<int64_t>(capture.head.size() + capture.tail.size());
  CHECK(kept == std::min<int64_t>(written, 65536));
  CHECK(kept + capture.dropped == written);
  CHECK(capture.lines == written / 64);
}

TEST_CASE("zoo: 1 GiB on stdout, and on stderr") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const char* where : {"out", "err"}) {
      const auto report =
          Show(keeper, {.words = {"flood", where, "1024"}, .words_before = {"flood", where, "2"}});
      CHECK(report.ending == Ending(Exited{0}));
      const bool out = std::string_view(where) == "out";
      CheckCounted(report.output.out, out ? kGibibyte : 0);
      CheckCounted(report.output.err, out ? 0 : kGibibyte);
    }
  }
}

TEST_CASE("zoo: 1 GiB on stdout and on stderr at once") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report =
        Show(keeper, {.words = {"flood", "both", "1024"}, .words_before = {"flood", "both", "2"}});
    CHECK(report.ending == Ending(Exited{0}));
    CheckCounted(report.output.out, kGibibyte);
    CheckCounted(report.output.err, kGibibyte);
  }
}

TEST_CASE(
    "zoo: a grandchild floods when the main process has left with success, and one floods on for ever") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto behind = Show(keeper, {.words = {"flood-behind"}, .tune = [](process::ChildSpec& spec) {
                                        spec.grace = milliseconds(50);
                                      }});
    CHECK(behind.ending == Ending(Exited{0}));
    CHECK(Show(keeper, {.words = {"flood-on"}, .settles = 1}).ending == Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"flood-on"}, .settles = 1, .grace = milliseconds(50)}).ending ==
          Ending(Signalled{SIGKILL}));
  }
}

TEST_CASE("zoo: more output than its limit") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const char* where : {"out", "err", "both"}) {
      const auto over = Show(keeper, {.words = {"flood", where, "0"}, .tune = [](process::ChildSpec& spec) {
                                        spec.limits.output = kMebibyte;
                                        spec.grace = milliseconds(50);
                                      }});
      CHECK(over.ending == Ending(OutputLimit{kMebibyte}));
      CHECK(ToString(over.ending) == "wrote more than its limit of 1 MiB, and was ended");
    }
    const auto just = Show(keeper, {.words = {"flood", "out", "1"}, .tune = [](process::ChildSpec& spec) {
                                      spec.limits.output = kMebibyte;
                                    }});
    CHECK(just.ending == Ending(Exited{0}));
  }
}

TEST_CASE("zoo: streams closed at once, and it works on, or stays, and the loop sleeps") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto works = Show(keeper, {.words = {"silent", "works"}});
    CHECK(works.ending == Ending(Exited{0}));
    CHECK(works.output == Output{});
    CHECK(Show(keeper, {.words = {"silent", "stays"}, .settles = 1}).ending == Ending(Signalled{SIGKILL}));

    const Cage cage;
    keeper.Start(keeper.Spec("s", cage, {"silent", "stays"}));
    keeper.WaitSettled("s", cage, 1);
    uint64_t before = 0;
    uint64_t after = 0;
    REQUIRE(sd_event_get_iteration(keeper.loop().native(), &before) >= 0);
    const auto later = keeper.loop().At(sys::BootMillis() + 100, [&] { keeper.loop().Stop(0); });
    keeper.loop().Run();
    REQUIRE(sd_event_get_iteration(keeper.loop().native(), &after) >= 0);
    CHECK(after - before <= 6);  // two ends of streams, and what was on its way
    keeper.Stop("s", milliseconds(0));
    CheckContained(keeper.WaitForEnd("s"));
  }
}

TEST_CASE("zoo: bytes of every kind and the commands of a terminal are kept as they are") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report = Show(keeper, {.words = {"binary"}});
    CHECK(report.ending == Ending(Exited{0}));
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
    CHECK(Text(report.output.out).starts_with("\x1b[31mred\x1b[0m "));
    CHECK(Text(report.output.out).ends_with(every + "\x1b["));
    CHECK(Text(report.output.out) == Text(report.output.err));
  }
}

TEST_CASE("zoo: the status descriptor flooded with lines, and the last word arrives") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report =
        Show(keeper, {.words = {"status-lines", "40000"}, .words_before = {"status-lines", "10"}});
    CHECK(report.ending == Ending(Exited{0}));
    CHECK(report.told == process::Told{{"progress", "100"}, {"step", "the last word"}});
    CHECK(report.tellings <= 2 + report.usage.wall.count() / 200);  // 5 in a second
  }
}

TEST_CASE("zoo: the status descriptor flooded with one endless line, and with keys") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto line = Show(keeper, {.words = {"status-line", "512"}, .words_before = {"status-line", "8"}});
    CHECK(line.ending == Ending(Exited{0}));
    REQUIRE(line.told.contains("endless"));
    CHECK(line.told.at("endless").size() <= 4096);
    CHECK(line.told.at("progress") == "7");
    CHECK(line.told.size() == 2);
    const auto keys = Show(keeper, {.words = {"status-keys", "1000"}, .words_before = {"status-keys", "10"}});
    CHECK(keys.ending == Ending(Exited{0}));
    CHECK(keys.told.size() <= 34 * static_cast<size_t>(keys.tellings + 1));  // 32, "progress" and "step"
    CHECK(keys.told.at("progress") == "9");
  }
}

}  // namespace
}  // namespace kedge::zoo
