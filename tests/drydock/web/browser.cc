#include "web/browser.h"

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>

namespace kedge::drydock {

using nlohmann::json;

namespace {

// The key under which WebDriver names an element.
constexpr const char* kElement = "element-6066-11e4-a52e-4f735466cecf";

}  // namespace

struct Browser::Client : httplib::Client {
  using httplib::Client::Client;
};

Browser::Browser() {
  // Not started by chromedriver: it would outlive a test that is killed.
  chromium_ = std::make_unique<Program>(
      std::vector<std::string>{
          "/usr/bin/chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
          "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
          "--disable-component-update", "--disable-sync", "--disable-breakpad", "--disable-dev-shm-usage",
          "--enable-automation", "--lang=en", "--window-size=1280,900", "--remote-debugging-port=0",
          "--user-data-dir=" + folder_.File("profile"), "about:blank"},
      std::vector<std::string>{"HOME=" + folder_.File(""), "TMPDIR=" + folder_.File(""),
                               "XDG_CONFIG_HOME=" + folder_.File("config"),
                               "XDG_CACHE_HOME=" + folder_.File("cache")});
  const std::string listening = "DevTools listening on ws://";
  REQUIRE_MESSAGE(chromium_->Says("/devtools/browser/"), chromium_->output());
  std::string debugger = chromium_->output().substr(chromium_->output().find(listening) + listening.size());
  debugger.resize(debugger.find('/'));

  const int port = FreePort();
  driver_ = std::make_unique<Program>(
      std::vector<std::string>{"/usr/bin/chromedriver", "--port=" + std::to_string(port)});
  REQUIRE_MESSAGE(driver_->Says("started successfully"), driver_->output());
  client_ = std::make_unique<Client>("127.0.0.1", port);
  client_->set_read_timeout(90);  // seconds; above the limits of Until()
  client_->set_keep_alive(true);
  const json options = {{"debuggerAddress", debugger}};
  const json wanted = {{"browserName", "chrome"},
                       {"goog:chromeOptions", options},
                       {"goog:loggingPrefs", {{"browser", "ALL"}}}};
  session_ = Ask("POST", "/session", {{"capabilities", {{"alwaysMatch", wanted}}}})["sessionId"];
  session_.insert(0, "/session/");
  Ask("POST", session_ + "/timeouts", {{"script", 60000}});
}

Browser::~Browser() {
  if (!session_.empty()) client_->Delete(session_);
  driver_.reset();
  // Its own children end with it; waited for, so that they write nothing more into the folder.
  if (chromium_) {
    chromium_->Signal(SIGTERM);
    chromium_->Wait(std::chrono::seconds(10));
  }
}

json Browser::Ask(const std::string& method, const std::string& path, const json& body) {
  const std::string text = body.is_null() ? "{}" : body.dump();
  const auto reply = method == "GET" ? client_->Get(path) : client_->Post(path, text, "application/json");
  REQUIRE_MESSAGE(reply, "chromedriver does not answer ", path);
  const json answer = json::parse(reply->body, nullptr, false);
  REQUIRE_MESSAGE(reply->status == 200, path, " ", text, "\n", reply->body);
  REQUIRE(answer.is_object());
  return answer["value"];
}

void Browser::Open(const std::string& url) { Ask("POST", session_ + "/url", {{"url", url}}); }

void Browser::Resize(int width, int height) {
  Tell("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

json Browser::Run(const std::string& script, const json& arguments) {
  return Ask("POST", session_ + "/execute/sync", {{"script", script}, {"args", arguments}});
}

bool Browser::Until(const std::string& expression, std::chrono::seconds limit) {
  const std::string script = R"(
    const value = () => {
      try { return )" + expression +
                             R"(; } catch { return null; }
    };
    const end = performance.now() + arguments[0];
    return new Promise((done) => {
      const look = () => {
        const found = value();
        if (found || performance.now() > end) done(Boolean(found));
        else requestAnimationFrame(look);
      };
      look();
    });)";
  return Run(script, {std::chrono::milliseconds(limit).count()}).get<bool>();
}

std::string Browser::Find(const std::string& css) {
  return Ask("POST", session_ + "/element", {{"using", "css selector"}, {"value", css}})[kElement];
}

void Browser::Click(const std::string& css) { Ask("POST", session_ + "/element/" + Find(css) + "/click"); }

void Browser::Type(const std::string& css, const std::string& text) {
  const std::string element = session_ + "/element/" + Find(css);
  Ask("POST", element + "/clear");
  Ask("POST", element + "/value", {{"text", text}});
}

void Browser::Tell(const std::string& command, const json& parameters) {
  Ask("POST", session_ + "/goog/cdp/execute", {{"cmd", command}, {"params", parameters}});
}

json Browser::Console() { return Ask("POST", session_ + "/se/log", {{"type", "browser"}}); }

}  // namespace kedge::drydock
