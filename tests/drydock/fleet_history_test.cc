// From the history's lines to what became of each execution.
#include "fleet_history.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace kedge::drydock {
namespace {

using nlohmann::json;
using report::Agreement;

// Writes lines as drydock does, a second apart.
class Pages {
 public:
  Pages& Became(const char* from, const char* to, const char* by, const char* job = "j1") {
    json entry = {{"kind", std::string(by) == "timer" ? "timer" : "execution"},
                  {"thing", "pi-1"},
                  {"job", job},
                  {"number", 1},
                  {"version", 1},
                  {"by", by}};
    if (from != nullptr) entry["from"] = from;
    if (to != nullptr) entry["to"] = to;
    return Add(entry);
  }
  Pages& Update(const json& body, const char* decided = "accepted", const char* code = nullptr) {
    json entry = {{"kind", "mqtt-in"},     {"thing", "pi-1"},    {"job", "j1"},
                  {"operation", "update"}, {"decided", decided}, {"topic", "$aws/things/pi-1/jobs/j1/update"},
                  {"payload", body.dump()}};
    if (code != nullptr) entry["code"] = code;
    return Add(entry);
  }
  Pages& Add(json entry) {
    entry["n"] = ++n_;
    entry["at"] = 1'795'575'251'000 + 1000 * n_ + offset_;
    text_ += entry.dump() + "\n";
    return *this;
  }
  Pages& Jump(int64_t offset) {
    offset_ = offset;
    return Add({{"kind", "clock"}, {"offset_ms", offset}, {"jump_ms", offset}});
  }
  Pages& Raw(const std::string& text) {
    text_ += text;
    return *this;
  }
  std::vector<report::Outcome> Outcomes() const {
    FleetHistory history;
    history.Read(text_, "");
    return history.Outcomes();
  }
  const std::string& text() const { return text_; }

 private:
  int64_t n_ = 0;
  int64_t offset_ = 0;
  std::string text_;
};

Pages Started() {
  Pages pages;
  pages.Became(nullptr, "QUEUED", "http")
      .Update({{"status", "IN_PROGRESS"}})
      .Became("QUEUED", "IN_PROGRESS", "mqtt");
  return pages;
}
json Failed(const char* verdict) {
  return {{"status", "FAILED"}, {"statusDetails", {{"verdict", verdict}, {"reason", "r"}}}};
}

report::Outcome Only(const Pages& pages) {
  const auto outcomes = pages.Outcomes();
  REQUIRE(outcomes.size() == 1);
  return outcomes[0];
}

TEST_CASE("a job that is done agrees") {
  const auto outcome =
      Only(Started().Update({{"status", "SUCCEEDED"}}).Became("IN_PROGRESS", "SUCCEEDED", "mqtt"));
  CHECK(outcome.agreement == Agreement::kAgrees);
  CHECK(outcome.status == "SUCCEEDED");
  CHECK(outcome.thing == "pi-1");
  CHECK(outcome.waited == 2000);
  CHECK(outcome.ran == 2000);
  CHECK(!outcome.came_back);
  CHECK(outcome.messages.size() == 3);  // and that it was queued by the operator
}

TEST_CASE("a cancelled job agrees when the device has said that all is undone, and only then") {
  const auto cancelled = [] {
    Pages pages = Started();
    pages.Became("IN_PROGRESS", "CANCELED", "http");
    return pages;
  };
  CHECK(Only(cancelled()).agreement == Agreement::kDoubt);
  const auto safe = Only(cancelled().Update(Failed("safe"), "rejected", "InvalidStateTransition"));
  CHECK(safe.agreement == Agreement::kAgrees);
  CHECK(safe.came_back == 1000);
  CHECK(safe.verdict == "safe");
  CHECK(Only(cancelled().Update(Failed("unknown"), "rejected")).agreement == Agreement::kDoubt);
  CHECK(Only(cancelled().Update(Failed("unsafe"), "rejected")).agreement == Agreement::kDiffers);
  CHECK(Only(cancelled().Update({{"status", "FAILED"}}, "rejected")).agreement == Agreement::kDoubt);
  CHECK(Only(cancelled().Update({{"status", "SUCCEEDED"}}, "rejected")).agreement == Agreement::kDiffers);
  CHECK(Only(cancelled().Update({{"status", "SUCCEEDED"}}, "rejected").Update(Failed("safe"), "rejected"))
            .agreement == Agreement::kAgrees);
}

TEST_CASE("what never began agrees, what is not over is open, what the device refused agrees") {
  Pages queued;
  queued.Became(nullptr, "QUEUED", "http");
  CHECK(Only(queued).agreement == Agreement::kOpen);
  CHECK(Only(queued.Became("QUEUED", "CANCELED", "http")).agreement == Agreement::kAgrees);
  Pages refused;
  refused.Became(nullptr, "QUEUED", "http")
      .Update({{"status", "REJECTED"}})
      .Became("QUEUED", "REJECTED", "mqtt");
  CHECK(Only(refused).why == "refused by the device");
  CHECK(Only(Started()).agreement == Agreement::kOpen);
}

TEST_CASE("deleted and made anew: two executions, as is a retry") {
  Pages pages = Started();
  pages.Became("IN_PROGRESS", nullptr, "http").Became(nullptr, "QUEUED", "http");
  const auto outcomes = pages.Outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].status == "deleted");
  CHECK(outcomes[1].status == "QUEUED");
}

TEST_CASE("a jump of the service's clock is taken out") {
  Pages pages = Started();
  pages.Jump(3'600'000).Became("IN_PROGRESS", "TIMED_OUT", "timer").Update(Failed("safe"), "rejected");
  const auto outcome = Only(pages);
  CHECK(outcome.ran == 2000);
  CHECK(outcome.came_back == 1000);
}

TEST_CASE("messages find their execution by topic and by what is in them, lost ones are marked") {
  Pages pages = Started();
  pages.Add({{"kind", "mqtt-out"},
             {"thing", "pi-1"},
             {"topic", "$aws/things/pi-1/jobs/j1/update/accepted"},
             {"payload", "{}"},
             {"of", "reply"},
             {"sent", true}});
  pages.Add({{"kind", "mqtt-out"},
             {"thing", "pi-1"},
             {"topic", "$aws/things/pi-1/jobs/notify-next"},
             {"of", "notify-next"},
             {"payload", R"({"execution":{"jobId":"j1","status":"QUEUED"}})"},
             {"sent", false}});
  pages.Add({{"kind", "mqtt-out"},
             {"thing", "pi-1"},
             {"topic", "$aws/things/pi-1/jobs/notify"},
             {"payload", "{}"},
             {"sent", true}});
  pages.Add({{"kind", "fault"}, {"thing", "pi-1"}, {"job", "j1"}, {"rule", 1}, {"did", "drop"}, {"to", "x"}});
  const auto outcome = Only(pages);
  REQUIRE(outcome.messages.size() == 5);
  CHECK(outcome.messages[2].tone == report::Tone::kReceived);
  CHECK(outcome.messages[3].tone == report::Tone::kLost);
  CHECK(outcome.messages[4].what == "fault: drop x");
}

TEST_CASE("lines that are no entries, and entries of odd types, are passed over and counted") {
  Pages pages = Started();
  pages.Raw("{\"kind\":\"exec\n").Raw("[]\n").Raw(std::string(1000, '[') + "\n").Raw("null\n");
  pages.Add({{"kind", "execution"},
             {"thing", 7},
             {"job", json::array()},
             {"number", "x"},
             {"to", 1},
             {"by", nullptr}});
  pages.Add({{"kind", "mqtt-in"},
             {"thing", "pi-1"},
             {"job", "j1"},
             {"operation", "update"},
             {"payload", "{"},
             {"decided", 3}});
  FleetHistory history;
  history.Read(pages.text(), "");
  CHECK(history.Notes() == std::vector<std::string>{"Lines of the history that could not be read: 4."});
  CHECK(history.Outcomes().size() == 2);
}

TEST_CASE("a service that was started anew is told of, and its clock is right again") {
  Pages pages;
  pages.Add({{"kind", "start"}}).Became(nullptr, "QUEUED", "http").Jump(1000);
  FleetHistory once;
  once.Read(pages.text(), "");
  CHECK(once.Notes().size() == 1);
  pages.Add({{"kind", "start"}});
  FleetHistory twice;
  twice.Read(pages.text(), "");
  REQUIRE(twice.Notes().size() == 2);
  CHECK(twice.Notes()[1] == "The service was started anew once.");
}

TEST_CASE("the same job in two histories is two executions") {
  FleetHistory history;
  history.Read(Started().text(), "first");
  history.Read(Started().text(), "second");
  const auto outcomes = history.Outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].run == "first");
  CHECK(outcomes[1].run == "second");
}

}  // namespace
}  // namespace kedge::drydock
