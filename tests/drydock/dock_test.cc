// The service at work: order on the wire, raw messages and jobs, timers and the clock.

#include <doctest/doctest.h>

#include <sstream>

#include "dock_stage.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kDone = R"({"status":"SUCCEEDED"})";

TEST_CASE("the reply goes first, then notify, then notify-next") {
  Stage stage;
  stage.Job("j");
  CHECK(stage.outlet.Topics() == "notify notify-next ");
  CHECK(stage.Ask("j/update", kDone) == "j/update/accepted notify notify-next ");
}

TEST_CASE("any raw message goes out as it is") {
  Stage stage;
  CHECK(stage
            .Http("POST", "/drydock/publish",
                  R"({"topic":"$aws/things/pi-1/jobs/notify-next","payload":"{bad"})")
            .status == 200);
  CHECK(stage.outlet.Last() == "{bad");
  CHECK(stage.outlet.Topics() == "notify-next ");
  const std::string long_topic = R"({"topic":")" + std::string(65536, 'x') + R"("})";
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"topic":"a/#","payload":""})"),
        std::string(R"({"topic":"a","payload":{}})"), std::string(R"({"topic":"a\u0000b"})"), long_topic}) {
    CHECK(stage.Http("POST", "/drydock/publish", body).status == 400);
  }
}

TEST_CASE("a raw job carries what the control plane refuses") {
  Stage stage;
  const std::string document = "{not json " + std::string(40000, 'x');
  CHECK(stage.Http("PUT", "/drydock/jobs/raw?thing=pi-1", document).status == 200);
  CHECK(stage.outlet.Last().find("\"jobDocument\":" + document + "}") != std::string::npos);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw?thing=pi-1", "{}").status == 400);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw2?thing=pi-9", "{}").status == 400);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw2", "{}").status == 400);
}

TEST_CASE("a timer runs out by itself") {
  Stage stage;
  stage.Job("j");
  stage.Ask("start-next", R"({"stepTimeoutInMinutes":1})");
  stage.now += 60000;
  REQUIRE(stage.outlet.Wait(2));  // within the second in which the dock looks
  CHECK(stage.outlet.Topics() == "notify notify-next ");
}

TEST_CASE("the clock jumps: forwards, and a timer runs out at once, and backwards it has longer to run") {
  Stage stage;
  stage.Job("j");
  stage.Ask("start-next", R"({"stepTimeoutInMinutes":10})");
  CHECK(stage.Http("POST", "/drydock/clock", R"({"jump_ms":-60000})").body ==
        R"({"now":1786999940000,"offset_ms":-60000})");
  stage.Ask("j/get");
  CHECK(json::parse(stage.last)["execution"]["approximateSecondsBeforeTimedOut"] == 660);
  CHECK(json::parse(stage.last)["timestamp"] == 1786999940);
  CHECK(stage.Http("POST", "/drydock/clock", R"({"jump_ms":660000})").status == 200);
  REQUIRE(stage.outlet.Wait(2));
  CHECK(stage.outlet.Topics() == "notify notify-next ");
  CHECK(stage.Http("GET", "/drydock/clock").body == R"({"now":1787000600000,"offset_ms":600000})");
  CHECK(json::parse(stage.Http("POST", "/drydock/clock", R"({"offset_ms":5})").body)["offset_ms"] == 5);
}

TEST_CASE("a clock that is asked for nonsense stays") {
  Stage stage;
  for (const char* body : {"{}", "{", "[]", R"({"jump_ms":"soon"})", R"({"jump_ms":1,"offset_ms":1})",
                           R"({"jump_ms":1,"x":1})", R"({"offset_ms":9000000000000000})"}) {
    CAPTURE(body);
    CHECK(stage.Http("POST", "/drydock/clock", body).status == 400);
  }
  for (int i = 0; i < 3; ++i) stage.Http("POST", "/drydock/clock", R"({"jump_ms":3000000000000})");
  CHECK(json::parse(stage.Http("GET", "/drydock/clock").body)["offset_ms"] == 3162240000000);  // a century
}

}  // namespace
}  // namespace kedge::drydock
