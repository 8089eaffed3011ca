#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "show.h"

namespace kedge::zoo {
namespace {

TEST_CASE("zoo: every exit status is an exit status, every signal a signal") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const int status : {0, 3, 127, 137, 255}) {
      const auto report = Show(keeper, {.words = {"exit", std::to_string(status)}});
      CHECK(report.ending == Ending(Exited{status}));
      CHECK(ToString(report.ending) == "exit status " + std::to_string(status));
      CHECK(report.usage.leftovers.empty());
    }
    const auto text_of = [&](int signal) {
      const auto report = Show(keeper, {.words = {"signal", std::to_string(signal)}});
      CHECK(report.ending == Ending(Signalled{signal, false}));
      return ToString(report.ending);
    };
    CHECK(text_of(SIGSEGV) == "killed by signal 11 (SEGV)");
    CHECK(text_of(SIGABRT) == "killed by signal 6 (ABRT)");
    CHECK(text_of(SIGKILL) == "killed by signal 9 (KILL)");
  }
}

TEST_CASE("zoo: past its limit, whoever's that is, and even when it leaves with success then") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto text_of = [&](const std::string& animal, LimitOf whose) {
      const auto report = Show(keeper, {.words = {animal}, .tune = [whose](process::ChildSpec& spec) {
                                          spec.limit = milliseconds(200);
                                          spec.whose_limit = whose;
                                        }});
      CHECK(report.ending == Ending(TimedOut{milliseconds(200), whose}));
      CHECK(report.usage.wall >= milliseconds(200));
      return ToString(report.ending);
    };
    CHECK(text_of("nap", LimitOf::kStep) == "timed out after 200 ms (the step's limit)");
    CHECK(text_of("nap", LimitOf::kUndo) == "timed out after 200 ms (the undo's limit)");
    CHECK(text_of("polite", LimitOf::kJob) == "timed out after 200 ms (what was left of the job's limit)");
  }
}

std::string MakeFile(const Cage& cage, const std::string& name, const std::string& text, unsigned mode) {
  std::string path = cage.folder() + "/" + name;
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
  return path;
}

TEST_CASE("zoo: what cannot start says on what and why") {
  const std::vector<std::pair<std::string, unsigned>> files = {{"#!/no/such/interpreter\n", 0755},
                                                               {"#!/bin/sh\n", 0644},
                                                               {std::string("\x7f"
                                                                            "ELF but no more",
                                                                            16),
                                                                0755}};
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const auto& [text, mode] : files) {
      const Cage cage;
      const std::string path = MakeFile(cage, "bad", text, mode);
      const auto report = Show(keeper, {.words = {"bad"}, .tune = [&path](process::ChildSpec& spec) {
                                          spec.program = path;
                                          spec.argv = {path};
                                        }});
      const std::string why = ToString(report.ending);
      INFO(why);
      CHECK(std::holds_alternative<CouldNotStart>(report.ending));
      CHECK(why.starts_with("could not start: "));
      CHECK(why.find(path) != std::string::npos);
      CHECK(report.output == Output{});
    }
  }
}

TEST_CASE("zoo: what success leaves is ended and named") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const char* temper : {"mild", "deaf"}) {
      const auto report =
          Show(keeper, {.words = {"leave", "3", temper},
                        .tune = [](process::ChildSpec& spec) { spec.grace = milliseconds(50); }});
      CHECK(report.ending == Ending(Exited{0}));
      CHECK(Text(report.output.out) == "done\n");
      CHECK(report.usage.leftovers == std::vector<std::string>{"weed", "weed", "weed"});
      CHECK_FALSE(report.usage.kept);
      CHECK(ToString(report.usage).find("3 processes were left and ended: weed, weed, weed") !=
            std::string::npos);
    }
  }
}

TEST_CASE("zoo: what success leaves may be kept, until it is told to go") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    for (const char* temper : {"mild", "deaf"}) {
      const Cage cage;
      auto spec = keeper.Spec("leave", cage, {"leave", "2", temper});
      spec.leftovers = process::Leftovers::kKeep;
      keeper.Start(spec);
      const auto left = keeper.WaitForEnd("leave");
      CHECK(left.ending == Ending(Exited{0}));
      CHECK(Text(left.output.out) == "done\n");
      CHECK(left.usage.leftovers == std::vector<std::string>{"weed", "weed"});
      CHECK(left.usage.kept);
      CHECK(left.alive.size() == 2);
      keeper.Spec("leave", cage, {"leave"});  // watched again
      keeper.StopLeftovers("leave");
      const auto gone = keeper.WaitForEnd("leave");
      CHECK(gone.ending == Ending(Interrupted{}));
      CheckContained(gone);
      Row(std::string("leave 2 ") + temper + ", kept", kind, ToString(gone.ending), gone.took, 0);
    }
  }
}

TEST_CASE("zoo: what is kept may go on to talk") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const Cage cage;
    auto spec = keeper.Spec("chat", cage, {"leave", "1", "chatty"});
    spec.leftovers = process::Leftovers::kKeep;
    keeper.Start(spec);
    CHECK(keeper.WaitForEnd("chat").usage.kept);
    keeper.Spec("chat", cage, {"leave"});  // watched again
    const size_t words = cage.Settled() + 20;
    keeper.WaitUntil([&] { return cage.Settled() >= words || cage.Alive().empty(); });
    CHECK(cage.Alive().size() == 1);
    keeper.StopLeftovers("chat");
    const auto gone = keeper.WaitForEnd("chat");
    CheckContained(gone);
    Row("leave 1 chatty, kept", kind, ToString(gone.ending), gone.took, 0);
  }
}

}  // namespace
}  // namespace kedge::zoo
