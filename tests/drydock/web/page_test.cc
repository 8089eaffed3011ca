// The web page in a real browser: with a real broker, and a device that is mosquitto's own client.

#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "live_service.h"
#include "program.h"
#include "web/browser.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

// Broker and drydock, with what a test does to them from outside the page.
class Yard {
 public:
  void StartDrydock(int http_port) { live_.StartDrydock(http_port); }
  void EndDrydock() {
    live_.drydock().Signal(SIGTERM);
    REQUIRE(live_.drydock().Wait() == 0);
  }

  int http_port() const { return live_.http_port(); }
  std::string Url() const { return live_.url() + "/"; }

  std::string Curl(const std::string& method, const std::string& path, const std::string& body = "{}") const {
    std::vector<std::string> words = {"/usr/bin/curl", "-sS", "-X", method, Url() + path};
    if (method != "GET") words.insert(words.end(), {"-d", body});
    Program curl(words);
    REQUIRE_MESSAGE(curl.Wait() == 0, curl.output());
    return curl.output();
  }
  void AddThing(const std::string& name) const { Curl("POST", "things/" + name); }
  void AddJob(const std::string& id, const std::vector<std::string>& things) const {
    json targets = json::array();
    for (const std::string& thing : things) {
      targets.push_back("arn:aws:iot:us-east-1:000000000000:thing/" + thing);
    }
    const std::string answer =
        Curl("PUT", "jobs/" + id, json{{"targets", targets}, {"document", R"({"a":1})"}}.dump());
    REQUIRE_MESSAGE(answer.find("jobArn") != std::string::npos, answer);
  }
  // As a device.
  void Update(const std::string& thing, const std::string& job, const json& update) const {
    Program publisher({"/usr/bin/mosquitto_pub", "-p", std::to_string(live_.broker_port()), "-q", "1", "-t",
                       "$aws/things/" + thing + "/jobs/" + job + "/update", "-m", update.dump()});
    REQUIRE_MESSAGE(publisher.Wait() == 0, publisher.output());
  }
  json Execution(const std::string& thing, const std::string& job) const {
    return json::parse(Curl("GET", "things/" + thing + "/jobs/" + job));
  }

 private:
  LiveService live_;
};

std::string BarOf(const std::string& thing, const std::string& job, const std::string& status) {
  return ".bar[aria-label='" + job + " on " + thing + ": " + status + "']";
}

std::string Seen(const std::string& css) { return "document.querySelector(\"" + css + "\")"; }
std::string TextOf(const std::string& css) { return Seen(css) + ".textContent"; }

// What the page has loaded from elsewhere.
json Foreign(Browser& browser) {
  return browser.Run(R"(
    return performance.getEntriesByType('resource').map(({name}) => name)
        .filter((name) => new URL(name).origin !== location.origin);)");
}

TEST_CASE(
    "the web page shows what happens without being loaded again, and its buttons do what AWS's API does") {
  Yard yard;
  Browser browser;
  browser.Open(yard.Url());
  REQUIRE(browser.Until(TextOf("#connection") + " === 'Connected'"));
  browser.Run("window.same = true;");

  yard.AddThing("pi-1");
  REQUIRE(browser.Until(Seen("#things-list .name") + "?.textContent === 'pi-1'"));
  REQUIRE(browser.Until(Seen(".lane[data-thing='pi-1']")));

  // The job is made with the form.
  browser.Click("#new-job");
  const std::string suggested = browser.Value("document.getElementById('job-id').value");
  CHECK(suggested.starts_with("job-20"));
  browser.Type("#job-id", "j1");
  browser.Type("#job-document", R"({"version":"1.0",)");
  CHECK(browser.Until(TextOf("#document-check") + ".startsWith('Not JSON: ')"));
  browser.Type("#job-document", R"({"version":"1.0","steps":["<b>"]})");
  CHECK(browser.Until(TextOf("#document-check") + " === 'JSON, 33 bytes'"));
  browser.Type("#job-timeout", "7");
  browser.Click("#target-list input");
  browser.Click("#job-create");
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "QUEUED"))));
  CHECK(browser.Value("document.getElementById('job-dialog').open") == false);
  const json made = json::parse(yard.Curl("GET", "jobs/j1"))["job"];
  CHECK(made["timeoutConfig"]["inProgressTimeoutInMinutes"] == 7);
  CHECK(made["targets"] == R"(["arn:aws:iot:us-east-1:000000000000:thing/pi-1"])"_json);
  CHECK(json::parse(yard.Curl("GET", "jobs/j1/job-document"))["document"] ==
        R"({"version":"1.0","steps":["<b>"]})");

  // A device starts it; what it says is text, whatever it looks like.
  const std::string evil = "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script>";
  yard.Update("pi-1", "j1", {{"status", "IN_PROGRESS"}, {"statusDetails", {{"step", evil}}}});
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "IN_PROGRESS"))));
  browser.Click(BarOf("pi-1", "j1", "IN_PROGRESS"));
  REQUIRE(browser.Until(TextOf("#execution-title") + " === 'j1 on pi-1'"));
  CHECK(browser.Until(TextOf("#execution-map dd")));
  CHECK(browser.Value(TextOf("#execution-map dd")) == evil);
  CHECK(browser.Until(TextOf("#execution-document") + ".includes('<b>')"));
  CHECK(browser.Until(TextOf("#execution-events") + ".includes('QUEUED → IN_PROGRESS')"));
  CHECK(browser.Until(TextOf("#tip") + ".includes('onerror')"));
  CHECK(browser.Value("document.querySelector(':is(#tip, main) :is(img, script, b)') === null") == true);
  CHECK(browser.Value("window.owned === undefined") == true);
  CHECK(browser.Console() == json::array());

  // Refused: not forced, and with the wrong version. AWS's words are shown as they are.
  browser.Click("#execution-cancel");
  REQUIRE(browser.Until(TextOf("#execution-answer strong") + " === '409 InvalidStateTransitionException'"));
  const json refusal = json::parse(yard.Curl("PUT", "things/pi-1/jobs/j1/cancel"));
  CHECK(browser.Value(TextOf("#execution-answer span")) == refusal["message"]);
  browser.Click("#execution-form summary");
  browser.Type("#execution-version", "9");
  browser.Click("#execution-force");
  REQUIRE(browser.Until(TextOf("#execution-answer strong") + " === '409 VersionConflictException'"));
  CHECK(yard.Execution("pi-1", "j1")["execution"]["status"] == "IN_PROGRESS");

  browser.Type("#execution-version", "2");
  browser.Type("#execution-details", "reason=maintenance\nby=a=b");
  browser.Click("#execution-force");
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "CANCELED"))));
  CHECK(browser.Value(TextOf("#execution-answer strong")) == "200");
  CHECK(browser.Until(TextOf("#execution-facts .status") + " === 'CANCELED'"));
  const json canceled = yard.Execution("pi-1", "j1")["execution"];
  CHECK(canceled["status"] == "CANCELED");
  CHECK(canceled["forceCanceled"] == true);
  CHECK(canceled["statusDetails"]["detailsMap"] == R"({"reason":"maintenance","by":"a=b"})"_json);
  CHECK(browser.Until(TextOf("#jobs-rows .status") + " === 'COMPLETED'"));

  browser.Click("#execution-delete");
  REQUIRE(browser.Until(Seen(".bar") + " === null"));
  CHECK(browser.Until(TextOf("#execution-gone") + " !== ''"));
  CHECK(yard.Execution("pi-1", "j1")["message"].is_string());
  browser.Click("#jobs-rows [data-action='delete']");
  browser.Click("#confirm-do");
  REQUIRE(browser.Until(Seen("#jobs-rows tr") + " === null"));
  CHECK(json::parse(yard.Curl("GET", "jobs"))["jobs"].empty());

  CHECK(Foreign(browser) == json::array());
  for (const json& entry : browser.Console()) {
    // The browser's own note of the two refusals.
    CHECK_MESSAGE(entry["message"].get<std::string>().find("/cancel") != std::string::npos, entry.dump());
  }
  CHECK(browser.Value("window.same") == true);

  // Were there a hole in the page, the browser would still run nothing that is not a file of drydock's.
  browser.Run(R"(
    const script = document.createElement('script');
    try { script.textContent = 'window.owned = 1;'; } catch { script.append('window.owned = 1;'); }
    document.body.append(script);)");
  CHECK(browser.Value("window.owned === undefined") == true);
}

TEST_CASE("whole jobs are cancelled and forced on the web page, and fault rules are added and removed") {
  Yard yard;
  yard.AddThing("pi-1");
  yard.AddThing("pi-2");
  yard.AddJob("j1", {"pi-1", "pi-2"});
  yard.Update("pi-1", "j1", {{"status", "IN_PROGRESS"}});
  Browser browser;
  browser.Open(yard.Url());
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "IN_PROGRESS"))));
  CHECK(browser.Until(TextOf("#jobs-rows td:nth-child(3)") + " === '1 IN_PROGRESS, 1 QUEUED'"));
  // A mark for each version, before the page was there and after.
  const std::string marks = "document.querySelectorAll('.bar[data-status=IN_PROGRESS] .ran i').length";
  CHECK(browser.Until(marks + " === 2"));
  yard.Update("pi-1", "j1", {{"status", "IN_PROGRESS"}, {"statusDetails", {{"step", "2/2"}}}});
  CHECK(browser.Until(marks + " === 3"));

  browser.Click("#jobs-rows [data-action='force']");
  CHECK(browser.Until(TextOf("#confirm-text") + ".startsWith('1 execution QUEUED and 1 IN_PROGRESS')"));
  browser.Type("#confirm-comment", "<i>enough</i>");
  browser.Type("#confirm-reason", "TOO_LATE");
  browser.Click("#confirm-do");
  REQUIRE(
      browser.Until(Seen(BarOf("pi-1", "j1", "CANCELED")) + " && " + Seen(BarOf("pi-2", "j1", "CANCELED"))));
  CHECK(browser.Until(TextOf("#jobs-rows .note") + " === 'TOO_LATE: <i>enough</i>'"));
  CHECK(json::parse(yard.Curl("GET", "jobs/j1"))["job"]["forceCanceled"] == true);

  browser.Type("#fault-thing", "pi-2");
  browser.Click("#fault-form button");
  REQUIRE(browser.Until(TextOf("#faults-list strong") + " === 'reply: drop'"));
  const json rules = json::parse(yard.Curl("GET", "drydock/faults"))["faults"];
  CHECK(rules == R"([{"id":1,"on":"reply","do":"drop","thing":"pi-2","count":1}])"_json);
  yard.Update("pi-2", "j1", {{"status", "SUCCEEDED"}});  // uses it up
  REQUIRE(browser.Until(Seen("#faults-list li") + " === null"));
  browser.Click("#fault-form button");
  REQUIRE(browser.Until(Seen("#faults-list li")));
  browser.Click("#faults-list button");
  REQUIRE(browser.Until(Seen("#faults-list li") + " === null"));
  CHECK(json::parse(yard.Curl("GET", "drydock/faults"))["faults"].empty());
}

TEST_CASE("every other button of the web page does what it says, and what one goes back from is not done") {
  Yard yard;
  Browser browser;
  browser.Open(yard.Url());
  for (const char* thing : {"pi-1", "pi-2"}) {
    browser.Type("#thing-name", thing);
    browser.Click("#thing-form button");
    REQUIRE(browser.Until(Seen(".lane[data-thing='" + std::string(thing) + "']")));
  }
  browser.Type("#thing-name", "no thing");
  browser.Click("#thing-form button");
  CHECK(browser.Until(TextOf("#things-answer strong") + " === '400 InvalidRequestException'"));

  browser.Click("#new-job");
  browser.Click("#target-all");
  CHECK(browser.Until(TextOf("#target-count") + " === '2 of 2 targets checked'"));
  browser.Click("#target-none");
  browser.Type("#job-id", "j1");
  browser.Click("#job-create");
  CHECK(browser.Until(TextOf("#job-answer strong") + " === '400 InvalidRequestException'"));
  browser.Click("#job-back");
  CHECK(json::parse(yard.Curl("GET", "jobs"))["jobs"].empty());
  browser.Click("#new-job");
  browser.Click("#target-all");
  browser.Type("#job-id", "j1");
  browser.Click("#job-create");
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "QUEUED")) + " && " + Seen(BarOf("pi-2", "j1", "QUEUED"))));

  yard.Update("pi-1", "j1", {{"status", "IN_PROGRESS"}});
  REQUIRE(browser.Until(Seen(BarOf("pi-1", "j1", "IN_PROGRESS"))));
  browser.Click("#jobs-rows [data-action='cancel']");
  CHECK(browser.Until(TextOf("#confirm-text") +
                      " === '1 execution QUEUED will be CANCELED. 1 IN_PROGRESS will go on.'"));
  browser.Click("#confirm-back");
  CHECK(json::parse(yard.Curl("GET", "jobs/j1"))["job"]["status"] == "IN_PROGRESS");
  browser.Click("#jobs-rows [data-action='cancel']");
  browser.Click("#confirm-do");
  REQUIRE(browser.Until(Seen(BarOf("pi-2", "j1", "CANCELED"))));
  CHECK(yard.Execution("pi-1", "j1")["execution"]["status"] == "IN_PROGRESS");

  browser.Click(BarOf("pi-1", "j1", "IN_PROGRESS"));
  REQUIRE(browser.Until(TextOf("#execution-title") + " === 'j1 on pi-1'"));
  browser.Click("#execution-delete-force");
  browser.Click("#execution-delete");
  CHECK(browser.Until(TextOf("#execution-answer strong") + " === '409 InvalidStateTransitionException'"));
  yard.AddJob("j2", {"pi-2"});
  REQUIRE(browser.Until(Seen(BarOf("pi-2", "j2", "QUEUED"))));
  browser.Click(BarOf("pi-2", "j2", "QUEUED"));
  browser.Click("#execution-cancel");
  REQUIRE(browser.Until(Seen(BarOf("pi-2", "j2", "CANCELED"))));
  CHECK(yard.Execution("pi-2", "j2")["execution"]["forceCanceled"] == false);

  for (const char* job : {"j3", "j4", "j5"}) yard.AddJob(job, {"pi-2"});
  REQUIRE(browser.Until(TextOf(".lane[data-thing='pi-2'] .more") + " === '1 more'"));
  browser.Click(".lane[data-thing='pi-2'] .more");
  CHECK(browser.Until("document.querySelectorAll(\".lane[data-thing='pi-2'] .bar\").length === 5"));
  browser.Run("window.before = document.getElementById('axis').textContent;");
  browser.Click("#zoom label");
  CHECK(browser.Until("document.getElementById('axis').textContent !== window.before"));
}

TEST_CASE("the web page says since when drydock does not answer, and goes on with the next one") {
  Yard yard;
  yard.AddThing("before");
  Browser browser;
  browser.Open(yard.Url());
  REQUIRE(browser.Until(Seen(".lane[data-thing='before']")));
  yard.EndDrydock();
  CHECK(browser.Until(TextOf("#connection") + ".match(/^Drydock does not answer, since ..:..:..$/)"));
  yard.StartDrydock(yard.http_port());
  yard.AddThing("after");
  CHECK(browser.Until(Seen(".lane[data-thing='after']")));
  CHECK(browser.Until(TextOf("#connection") + " === 'Connected'"));
  CHECK(browser.Value(Seen(".lane[data-thing='before']") + " === null") == true);
}

// The least contrast (WCAG 2) of any text that is seen, and which that is.
constexpr const char* kLeastContrast = R"(
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  let least = {contrast: 99};
  const seen = new Set();
  for (const element of document.querySelectorAll('body, body *')) {
    if (!element.checkVisibility()) continue;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own && element !== document.body) continue;
    if (element.matches('.status')) seen.add(element.textContent);
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < least.contrast) least = {contrast, text: element.textContent.slice(0, 40), tag: element.tagName};
  }
  return {...least, statuses: [...seen].sort().join(' '), ground: ground(document.body).slice(0, 3)};
)";

TEST_CASE("the web page can be read in light and in dark, in every status, and fits a telephone") {
  Yard yard;
  const std::vector<std::pair<std::string, json>> ends = {
      {"SUCCEEDED", {{"status", "SUCCEEDED"}}},
      {"FAILED", {{"status", "FAILED"}}},
      {"REJECTED", {{"status", "REJECTED"}}},
      {"IN_PROGRESS", {{"status", "IN_PROGRESS"}, {"stepTimeoutInMinutes", 1}}}};
  const std::string gate = "gate-with-a-name-as-long-as-they-are-in-a-large-building-" + std::string(60, '7');
  std::vector<std::string> things = {"to-remove", "to-cancel", gate};
  for (const auto& [name, update] : ends) things.push_back(name);
  for (const std::string& thing : things) yard.AddThing(thing);
  yard.Curl("POST", "thing-groups/g");
  const auto member = [&](const std::string& change) {
    yard.Curl("PUT", "thing-groups/" + change, R"({"thingGroupName":"g","thingName":"to-remove"})");
  };
  member("addThingToThingGroup");
  yard.Curl("PUT", "jobs/to-leave", R"({"targets":["arn:aws:iot:us-east-1:000000000000:thinggroup/g"],
                                        "targetSelection":"CONTINUOUS","document":"{}"})");
  member("removeThingFromThingGroup");
  const std::string job = "firmware-2026-11-with-a-long-name-" + std::string(30, 'x');
  yard.AddJob(job, things);
  yard.Curl("PUT", "things/to-cancel/jobs/" + job + "/cancel");
  for (const auto& [name, update] : ends) yard.Update(name, job, update);
  yard.AddJob("timed", {gate});
  yard.Update(gate, "timed", {{"status", "IN_PROGRESS"}, {"stepTimeoutInMinutes", 1}});

  Browser browser;
  browser.Open(yard.Url());
  REQUIRE(browser.Until(Seen(BarOf(gate, "timed", "IN_PROGRESS"))));
  yard.Curl("POST", "drydock/clock", R"({"jump_ms":61000})");
  REQUIRE(browser.Until(Seen(BarOf(gate, "timed", "TIMED_OUT"))));
  yard.AddJob("now", {"FAILED"});
  yard.Update("FAILED", "now", {{"status", "IN_PROGRESS"}});
  REQUIRE(browser.Until(Seen(BarOf("FAILED", "now", "IN_PROGRESS"))));
  browser.Click(BarOf(gate, "timed", "TIMED_OUT"));
  REQUIRE(browser.Until(TextOf("#execution-events") + ".includes('TIMED_OUT')"));

  json grounds = json::array();
  for (const char* scheme : {"light", "dark"}) {
    CAPTURE(scheme);
    browser.Tell("Emulation.setEmulatedMedia",
                 {{"features", {{{"name", "prefers-color-scheme"}, {"value", scheme}}}}});
    const json least = browser.Run(kLeastContrast);
    INFO(least.dump());
    CHECK(least["contrast"] >= 4.5);
    CHECK(least["statuses"] ==
          "CANCELED COMPLETED FAILED IN_PROGRESS QUEUED REJECTED REMOVED SUCCEEDED TIMED_OUT");
    grounds.push_back(least["ground"]);
  }
  CHECK(grounds[0] != grounds[1]);
  // What the button says counts more than what the system says.
  browser.Click("#theme");
  CHECK(browser.Until(TextOf("#theme") + " === 'Theme: light'"));
  CHECK(browser.Run(kLeastContrast)["ground"] == grounds[0]);

  for (const int width : {360, 800, 1280, 1920}) {
    CAPTURE(width);
    browser.Resize(width, 740);
    CHECK(browser.Until("innerWidth === " + std::to_string(width)));
    CHECK(browser.Run(
              "return document.documentElement.scrollWidth - document.documentElement.clientWidth;") == 0);
    CHECK(browser.Value("document.querySelector('main').getBoundingClientRect().right - "
                        "document.documentElement.clientWidth") == 0);
  }
}

TEST_CASE("the timeline is gone through with the keyboard, and the filter obeys") {
  Yard yard;
  for (const char* thing : {"pi-1", "pi-2", "gate-1"}) yard.AddThing(thing);
  yard.AddJob("a", {"pi-1", "pi-2", "gate-1"});
  yard.AddJob("b", {"pi-2"});
  Browser browser;
  browser.Open(yard.Url());
  REQUIRE(browser.Until("document.querySelectorAll('.bar').length === 4"));
  CHECK(browser.Value("document.querySelectorAll('.bar[tabindex=\"0\"]').length") == 1);
  browser.Run("document.querySelector('.bar[tabindex=\"0\"]').focus();");
  const auto press = [&](const char* key) {
    for (const char* type : {"keyDown", "keyUp"})
      browser.Tell("Input.dispatchKeyEvent", {{"type", type}, {"key", key}, {"code", key}});
    return browser.Value("document.activeElement.getAttribute('aria-label')");
  };
  CHECK(browser.Value("document.activeElement.getAttribute('aria-label')") == "a on gate-1: QUEUED");
  CHECK(press("ArrowDown") == "a on pi-1: QUEUED");
  CHECK(press("ArrowDown").get<std::string>().find("on pi-2: QUEUED") == 2);
  CHECK(press("ArrowUp") == "a on pi-1: QUEUED");
  CHECK(press("ArrowUp") == "a on gate-1: QUEUED");

  browser.Type("#things-filter", "pi-2");
  CHECK(browser.Until("document.querySelectorAll('.lane').length === 1"));
  CHECK(browser.Until("document.querySelectorAll('.bar').length === 2"));
  CHECK(browser.Value(TextOf("#things-count")) == "1 of 3");
}

}  // namespace
}  // namespace kedge::drydock
