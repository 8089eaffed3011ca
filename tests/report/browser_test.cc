// The pages in a real browser, from a file: shown as they are meant to, on any screen; and nothing in them
// runs.
#include "web/browser.h"

#include <doctest/doctest.h>

#include <fstream>

#include "report/execution_page.h"
#include "report/fleet.h"
#include "report/samples.h"

namespace kedge::report {
namespace {

using drydock::Browser;

void Show(Browser& browser, const drydock::TemporaryFolder& folder, const std::string& page) {
  const std::string path = folder.File("page.html");
  std::ofstream(path) << page;
  browser.Open("file://" + path);
  REQUIRE(browser.Until("document.readyState === 'complete'"));
}

// By the style sheet, which the policy lets in: its ground is neither white nor transparent.
std::string Ground(Browser& browser) {
  return browser.Value("getComputedStyle(document.body).backgroundColor");
}

void LookAtIt(Browser& browser) {
  for (const char* scheme : {"light", "dark"}) {
    browser.Tell("Emulation.setEmulatedMedia",
                 {{"features", {{{"name", "prefers-color-scheme"}, {"value", scheme}}}}});
    CHECK(Ground(browser) == (std::string(scheme) == "light" ? "rgb(244, 246, 248)" : "rgb(16, 22, 28)"));
  }
  for (const int width : {1280, 375}) {
    browser.Resize(width, 900);
    CHECK(browser.Until("innerWidth === " + std::to_string(width)));
    // Nothing sticks out; wide tables scroll in their own box.
    CHECK(browser.Value("document.documentElement.scrollWidth").get<int>() <= width);
    // Each chart's drawing has a size, and its bars are within it.
    CHECK(browser.Run(R"(
      return [...document.querySelectorAll('.chart .cell > svg')].every((svg) => {
        const frame = svg.getBoundingClientRect();
        return frame.width > 100 && frame.height >= 20 && [...svg.querySelectorAll('rect')].every((bar) => {
          const box = bar.getBoundingClientRect();
          return box.left >= frame.left - 1 && box.right <= frame.right + 1;
        });
      });)") == true);
  }
  CHECK(browser.Value("document.scripts.length") == 0);
  CHECK(browser.Value("performance.getEntriesByType('resource').length") == 0);
  CHECK(browser.Value("typeof window.pwned") == "undefined");
  const auto console = browser.Console();
  CHECK_MESSAGE(console.empty(), console.dump());
}

TEST_CASE("an execution's page in a browser") {
  const drydock::TemporaryFolder folder;
  Browser browser;
  Show(browser, folder, ExecutionPage(Cancelled()));
  LookAtIt(browser);
  // The job and its two steps, in the chart of the whole and in the closer one.
  CHECK(browser.Value("document.querySelectorAll('.chart .bar.undo rect').length") == 6);
}

TEST_CASE("a page full of hostile texts in a browser: nothing runs, and nothing is broken out of") {
  ExecutionReport report = Cancelled();
  report.thing = report.execution.id.job.value = report.execution.text = report.execution.document = kHostile;
  for (HistoryEntry& entry : report.entries) entry.text += kHostile;
  const drydock::TemporaryFolder folder;
  Browser browser;
  Show(browser, folder, ExecutionPage(report));
  LookAtIt(browser);
  CHECK(browser.Value("document.images.length") == 0);
  CHECK(browser.Value("document.querySelectorAll('footer').length") == 1);
}

TEST_CASE("a fleet's page in a browser is filtered without a script") {
  FleetReport report{"Drill", {}, {}, kWall};
  for (const auto& [job, agreement, status] : {std::tuple{"a", Agreement::kAgrees, "SUCCEEDED"},
                                               {"b", Agreement::kDoubt, "CANCELED"},
                                               {"c", Agreement::kAgrees, "CANCELED"}}) {
    Outcome outcome;
    outcome.thing = "pi-1";
    outcome.job = job;
    outcome.agreement = agreement;
    outcome.status = status;
    outcome.lane.bars = {{0, 100, Tone::kWait, "QUEUED"}, {100, 1000, Tone::kRun, "IN_PROGRESS"}};
    outcome.came_back = 1000;
    report.outcomes.push_back(outcome);
  }
  const drydock::TemporaryFolder folder;
  Browser browser;
  Show(browser, folder, FleetPage(report));
  LookAtIt(browser);
  const std::string shown =
      "[...document.querySelectorAll('.executions .x')].filter((row) => row.offsetHeight > 0).length";
  CHECK(browser.Value(shown) == 3);
  browser.Click("#a-agrees");
  CHECK(browser.Value(shown) == 2);
  browser.Click("#s-CANCELED");
  CHECK(browser.Value(shown) == 1);
  browser.Click("#a-all");
  CHECK(browser.Value(shown) == 2);
}

}  // namespace
}  // namespace kedge::report
