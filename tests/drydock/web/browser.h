// A real browser for tests: Debian's chromium without a window, driven over W3C WebDriver by Debian's
// chromedriver. Both are children of the test and end with it, however it ends; what they write goes into a
// folder that is gone afterwards.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"

namespace kedge::drydock {

class Browser {
 public:
  Browser();
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void Open(const std::string& url);
  void Resize(int width, int height);
  // What the script returns; a promise is waited for. `arguments` is an array.
  nlohmann::json Run(const std::string& script, const nlohmann::json& arguments = nlohmann::json::array());
  nlohmann::json Value(const std::string& expression) { return Run("return " + expression + ";"); }
  // Until the expression is truthy; false: not within the limit. The page is looked at whenever it has drawn
  // itself anew.
  bool Until(const std::string& expression, std::chrono::seconds limit = std::chrono::seconds(20));
  // As a person does: scrolled to, pressed where it is seen, typed into. REQUIREs that there is such a thing.
  void Click(const std::string& css);
  void Type(const std::string& css, const std::string& text);
  // A command of the DevTools protocol.
  void Tell(const std::string& command, const nlohmann::json& parameters);
  // What the console has said since the last call.
  nlohmann::json Console();

 private:
  nlohmann::json Ask(const std::string& method, const std::string& path, const nlohmann::json& body = {});
  std::string Find(const std::string& css);

  struct Client;  // keeps httplib.h out of here
  TemporaryFolder folder_;
  std::unique_ptr<Program> chromium_;
  std::unique_ptr<Program> driver_;
  std::unique_ptr<Client> client_;
  std::string session_;
};

}  // namespace kedge::drydock
