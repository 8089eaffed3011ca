#include "report/redact.h"

#include <doctest/doctest.h>

#include <string>

namespace kedge::report {
namespace {

TEST_CASE("secrets are left out, wherever they stand, and the rest stays as it is") {
  struct Row {
    std::string text, shown;
  };
  const std::string out = kLeftOut;
  for (const Row& row : {
           Row{"", ""},
           Row{"plain text: 3 files, 12 s", "plain text: 3 files, 12 s"},
           Row{"key: /etc/kedge/device.key", "key: /etc/kedge/device.key"},
           Row{"password: hunter2 and more\nnext: line", "password: " + out + "\nnext: line"},
           Row{"passphrase: a, b", "passphrase: " + out},
           Row{"DB_PASSWORD=hunter2 USER=joe", "DB_PASSWORD=" + out + " USER=joe"},
           Row{"Authorization: Bearer abc.def", "Authorization: " + out},
           Row{"{\"apiKey\": \"abc\", \"size\": 3}", "{\"apiKey\": \"" + out + "\", \"size\": 3}"},
           Row{"{\"token\":\"a\\\"b\",\"x\":1}", "{\"token\":\"" + out + "\",\"x\":1}"},
           Row{"{\"secret\":12,\"x\":1}", "{\"secret\":" + out + ",\"x\":1}"},
           Row{R"("{\"client_secret\":\"s3\",\"x\":1}")",
               R"("{\"client_secret\":\")" + out + R"(\",\"x\":1}")"},
           Row{"tool --password hunter2 --fast", "tool --password " + out + " --fast"},
           Row{"tool,--auth-token,hunter2,--fast", "tool,--auth-token," + out + ",--fast"},
           Row{R"(["--token", "abc", "x"])", R"(["--token", ")" + out + R"(", "x"])"},
           Row{R"({"credentials": {"user": "a", "pass": ["b"]}, "x": 1})",
               R"({"credentials": )" + out + R"(, "x": 1})"},
           Row{"tool --password=hunter2", "tool --password=" + out},
           Row{"get https://joe:pw@example.com/a?X-Amz-Signature=1,2&b=c now",
               "get https://" + out + "@example.com/a?" + out + " now"},
           Row{"https://example.com/a/b#c", "https://example.com/a/b#c"},
           Row{"mail@example.com", "mail@example.com"},
           Row{"id AKIAABCDEFGHIJKLMNOP.", "id " + out + "."},
           Row{"AKIASHORT", "AKIASHORT"},
           Row{"a\n-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nb",
               "a\n" + out + "\nb"},
           Row{"-----BEGIN PRIVATE KEY-----\\nMHc", out},
           Row{"the password is not told", "the password is not told"},
       }) {
    CAPTURE(row.text);
    CHECK(WithoutSecrets(row.text) == row.shown);
  }
}

TEST_CASE("what is redacted already stays so") {
  const std::string once = WithoutSecrets("password: x\n{\"token\": \"y\"} https://a:b@c/?d TOKEN=z");
  CHECK(WithoutSecrets(once) == once);
}

}  // namespace
}  // namespace kedge::report
