#include "conform/handler_test.h"

#include <sys/stat.h>

#include "conform/bench.h"
#include "conform/options.h"
#include "conform/tester.h"
#include "sys/clock.h"

namespace kedge::conform {
namespace {

constexpr int kWrongCall = 2;

uint64_t NewSeed() { return static_cast<uint64_t>(sys::RandomFraction() * 1e9); }

std::string Containment(const process::Containment& containment) {
  return "containment: " + containment.explanation;
}

}  // namespace

int HandlerTest(const std::vector<std::string>& arguments, const std::function<void(const std::string&)>& out,
                const std::function<void(const std::string&)>& err) {
  const auto options = ParseOptions(arguments);
  if (!options) {
    err(options.error().message);
    return kWrongCall;
  }
  struct stat found {};
  if (stat(options->handler.c_str(), &found) != 0) {
    err("there is no handler " + options->handler);
    return kWrongCall;
  }
  auto bench = Bench::Make(*options);
  if (!bench) {
    err(bench.error().message);
    return kWrongCall;
  }
  if (const auto user = process::FindUser(options->user); !user) {
    err(user.error().message);
    return kWrongCall;
  }
  Report report;
  report.handler = options->handler;
  report.seed = options->seed ? *options->seed : NewSeed();
  report.rounds = options->rounds;
  report.containment = Containment((*bench)->containment());
  if (!options->json) out(HeadOf(report));
  Tester tester(*options, **bench, report, [&](const Found& one) {
    if (!options->json) out(TextOf(one));
  });
  tester.Test();
  out(options->json ? JsonOf(report) : EndOf(report));
  if (options->keep) err("what the calls have left is in " + (*bench)->folder());
  return static_cast<int>(ConclusionOf(report));
}

}  // namespace kedge::conform
