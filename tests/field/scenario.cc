#include "field/scenario.h"

namespace kedge::field {
namespace {

// --- states of the packages that a scenario begins with: whatever was there before, and whatever is half
// done

const std::string kApt =
    "export DEBIAN_FRONTEND=noninteractive; apt() { apt-get -y -q -o Dpkg::Options::=--force-confnew "
    "\"$@\" >/var/log/field-apt 2>&1 </dev/null || { cat /var/log/field-apt; exit 1; }; }; ";

std::string Packages(const std::string& wanted) {
  return kApt +
         "dpkg --configure -a --force-confold >/dev/null 2>&1 || true; "
         "apt-mark -q unhold kedge-demo-tool kedge-demo-lib >/dev/null 2>&1 || true; "
         "names=$(dpkg-query -W -f '${Package} ' 'kedge-demo-*' 2>/dev/null); "
         "for name in $names; do dpkg-query -W -f '${db:Status-Abbrev}\\n' $name | grep -q '^un' || printf "
         "'%s ' $name; done "
         ">/var/log/field-names; "
         "[ ! -s /var/log/field-names ] || dpkg --purge --force-all $(cat /var/log/field-names) "
         ">/var/log/field-apt 2>&1; " +
         "rm -rf /etc/kedge-demo /var/lib/kedge-demo-*; "
         "systemctl reset-failed; " +
         wanted;
}

Scenario Install(const std::string& name, const std::string& before, const std::string& packages,
                 const std::string& is_done) {
  return {.name = name,
          .needs = {"handlers/install-packages/run", "guards/packages"},
          .prepare = Packages(before),
          .document = DocumentOf({HandlerStep("install-packages.sh", {packages})}),
          .subject = {.paths = {"/var/lib/kedge-demo-daemon", "/var/lib/kedge-demo-slow"},
                      .units = {"kedge-demo-daemon.service"}},
          .is_done = is_done};
}

Scenario Remove(const std::string& name, const std::string& before, const std::string& packages,
                const std::string& is_done) {
  Scenario scenario = Install(name, before, packages, is_done);
  scenario.needs = {"handlers/remove-packages/run", "guards/packages"};
  scenario.document = DocumentOf({HandlerStep("remove-packages.sh", {packages})});
  return scenario;
}

void AddPackages(std::vector<Scenario>& all) {
  all.push_back(Install("install-new", "true", "kedge-demo-tool",
                        "kedge-demo-tool | grep -q 'tool 2.0, kedge-demo-lib 2.0'"));
  all.push_back(
      Install("install-upgrade",
              "apt install kedge-demo-lib=1.0 kedge-demo-tool=1.0; apt-mark -q auto kedge-demo-lib; "
              "echo mine >>/etc/kedge-demo/tool.conf",
              "kedge-demo-tool kedge-demo-many", "kedge-demo-tool | grep -q 'tool 2.0, kedge-demo-lib 2.0'"));
  all.push_back(Install("install-conflict", "apt install kedge-demo-lib=1.0 kedge-demo-tool=1.0",
                        "kedge-demo-rival", "kedge-demo-tool | grep -q 'rival 1.0'"));
  all.push_back(Install("install-daemon", "apt install kedge-demo-watch", "kedge-demo-daemon",
                        "systemctl is-active -q kedge-demo-daemon"));
  all.push_back(Install("install-slow", "apt install kedge-demo-slow=1.0", "kedge-demo-slow",
                        "grep -q 2.0 /usr/share/kedge-demo-slow/version"));
  all.push_back(Remove("remove-tool",
                       "apt install kedge-demo-lib kedge-demo-tool; echo mine >>/etc/kedge-demo/tool.conf",
                       "kedge-demo-tool", "! dpkg -s kedge-demo-tool >/dev/null 2>&1"));
  all.push_back(Remove("remove-daemon", "apt install kedge-demo-daemon=1.0; apt-mark hold kedge-demo-lib",
                       "kedge-demo-daemon", "! dpkg -s kedge-demo-daemon >/dev/null 2>&1"));
  all.push_back(Remove("remove-library", "apt install kedge-demo-daemon kedge-demo-tool", "kedge-demo-lib",
                       "! dpkg -s kedge-demo-lib >/dev/null 2>&1"));
  Scenario broken = Install("install-broken", "apt install kedge-demo-tool=1.0 kedge-demo-lib=1.0",
                            "kedge-demo-tool kedge-demo-broken", "true");
  broken.status = "FAILED";
  all.push_back(broken);
  Scenario guard = Install("guard-packages",
                           "apt install kedge-demo-lib=1.0 kedge-demo-tool=1.0 kedge-demo-slow=1.0", "", "");
  guard.needs = {"guards/packages"};
  guard.document =
      DocumentOf({ShellStep("apt-get install -y -q kedge-demo-tool kedge-demo-slow; "
                            "apt-get remove -y -q --purge kedge-demo-slow; sleep 0.3",
                            {{"protect", {{"packages", {"kedge-demo-tool", "kedge-demo-slow"}}}}})});
  guard.is_done = "kedge-demo-tool | grep -q 'tool 2.0' && ! dpkg -s kedge-demo-slow >/dev/null 2>&1";
  all.push_back(guard);
  for (const std::string verb : {"installed", "removed"}) {
    Scenario look = Install("verify-packages-" + verb, "apt install kedge-demo-tool", "", "true");
    look.needs = {"handlers/verify-packages-" + verb + "/run"};
    look.document = DocumentOf({HandlerStep("verify-packages-" + verb + ".sh",
                                            {verb == "removed" ? "kedge-demo-slow kedge-demo-rival"
                                                               : "kedge-demo-tool kedge-demo-lib"}),
                                ShellStep("sleep 0.5", {{"protect", {{"files", {"/etc/hosts"}}}}})});
    all.push_back(look);
  }
}

// --- services: one.service runs, two.service does not, needs.service needs one, failing.service cannot start

const std::string kUnits =
    "systemctl stop one two needs late >/dev/null 2>&1; systemctl unmask -q one two >/dev/null 2>&1; "
    "systemctl disable -q one two needs >/dev/null 2>&1; rm -rf /etc/systemd/system/one.service.d "
    "/etc/systemd/system/two.service.d; "
    "unit() { printf '[Service]\\nExecStartPre=/bin/sleep 0.2\\nExecStart=/bin/sleep "
    "infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
    "[Unit]\\n%b\\n' \"$2\" >/etc/systemd/system/$1.service; }; "
    "unit one Description=one; unit two Description=two; unit needs "
    "'Requires=one.service\\nAfter=one.service'; "
    "unit late Description=late; "
    "printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/failing.service; "
    "systemctl daemon-reload; systemctl reset-failed; systemctl enable -q one; systemctl start one needs; ";

Scenario Services(const std::string& name, const std::string& handler, const std::string& services,
                  const std::string& is_done) {
  return {.name = name,
          .needs = {"handlers/" + handler + "/run", "guards/services"},
          .prepare = kUnits + "true",
          .document = DocumentOf({HandlerStep(handler + ".sh", {services})}),
          .subject = {.units = {"one.service", "two.service", "needs.service", "late.service",
                                "failing.service"}},
          .is_done = is_done,
          .is_gone_after_boot = true};
}

void AddServices(std::vector<Scenario>& all) {
  all.push_back(Services("start-services", "start-services", "two late",
                         "systemctl is-active -q two && systemctl is-active -q late"));
  all.push_back(Services("stop-services", "stop-services", "one", "! systemctl is-active -q one"));
  all.push_back(Services("restart-services", "restart-services", "one two",
                         "systemctl is-active -q one && systemctl is-active -q two"));
  Scenario failing = Services("start-failing", "start-services", "two failing", "true");
  failing.status = "FAILED";
  all.push_back(failing);
  Scenario guard = Services("guard-services", "start-services", "",
                            "systemctl is-active -q two && ! systemctl is-active -q one");
  guard.needs = {"guards/services"};
  guard.document = DocumentOf({ShellStep(
      "systemctl stop one; systemctl disable one; systemctl mask late; mkdir -p "
      "/etc/systemd/system/two.service.d; "
      "printf '[Service]\\nNice=5\\n' >/etc/systemd/system/two.service.d/nice.conf; systemctl daemon-reload; "
      "systemctl enable --now two; sleep 0.3",
      {{"protect", {{"services", {"one", "two.service", "late", "needs"}}}}})});
  all.push_back(guard);
}

// --- files and the rest

const std::string kTree =
    "rm -rf /etc/field /opt/field; mkdir -p /etc/field /opt/field/data/deep; echo colour=grey "
    ">/etc/field/app.conf; "
    "printf 'server:\\n  port: 80 # the port\\n' >/etc/field/app.yaml; "
    "for i in $(seq 200); do echo $i >/opt/field/data/$i; done; ln /opt/field/data/1 "
    "/opt/field/data/deep/one; "
    "ln -s ../data /opt/field/link; chown -R daemon: /opt/field/data; chmod 4750 /opt/field/data/2; "
    "setfacl -m u:nobody:r /opt/field/data/3; setfattr -n user.who -v me /opt/field/data/4; "
    "setcap cap_net_raw+ep /opt/field/data/5; touch -d '2001-02-03 04:05:06.789' /opt/field/data/6; echo old "
    ">/opt/field/app.bin; ";

void AddFiles(std::vector<Scenario>& all, const Web& web) {
  all.push_back(
      {.name = "download-file",
       .needs = {"handlers/download-file/run"},
       .prepare = kTree,
       .document = DocumentOf({HandlerStep("download-file.sh", {web.Url("/app.bin"), "/opt/field/app.bin"})}),
       .subject = {.exact = {"/opt/field/app.bin"}},
       .is_done = "[ $(stat -c %s /opt/field/app.bin) = " + std::to_string(Web::Content().size()) + " ]"});
  all.push_back(
      {.name = "guard-files",
       .needs = {"guards/files"},
       .prepare = kTree,
       .document = DocumentOf({ShellStep("for i in $(seq 1 2 199); do echo changed >>/opt/field/data/$i; "
                                         "done; sleep 0.2; rm -r /opt/field/data/deep; "
                                         "for i in $(seq 100 180); do rm /opt/field/data/$i; done; sleep "
                                         "0.2; chmod -R a+rwX /opt/field; mkdir /opt/field/new; "
                                         "cp -a /opt/field/data /opt/field/new; mv /opt/field/data/6 "
                                         "/opt/field/six; echo colour=red >/etc/field/app.conf; sleep 0.2",
                                         {{"protect", {{"files", {"/opt/field", "/etc/field/app.conf"}}}}})}),
       .subject = {.exact = {"/opt/field", "/etc/field/app.conf"}},
       .is_done = "grep -q red /etc/field/app.conf"});
  all.push_back(
      {.name = "set-config",
       .needs = {"handlers/set-config/run"},
       .prepare = kTree + kUnits,
       .document = DocumentOf({HandlerStep("set-config", {"/etc/field/app.yaml", "set=server.port=8080"}),
                               ShellStep("sleep 0.3", {{"protect", {{"files", {"/etc/field/app.conf"}}}}})}),
       .subject = {.exact = {"/etc/field/app.yaml"}},
       .is_done = "grep -q 'port: 8080 # the port' /etc/field/app.yaml"});
}

void AddTheRest(std::vector<Scenario>& all) {
  all.push_back({.name = "run-command-no-way-back",
                 .document = DocumentOf({ShellStep("sleep 0.4; touch /var/tmp/field-ran; sleep 0.2")}),
                 .is_done = "[ -e /var/tmp/field-ran ]",
                 .verdict = "unknown"});
  all.push_back({.name = "run-command",
                 .needs = {"handlers/run-command/run"},
                 .prepare = kTree,
                 .document = DocumentOf({HandlerStep(
                     "run-command.sh", {"/bin/sh", "-c", "sleep 0.3; echo x >/etc/field/app.conf; sleep 0.3"},
                     {{"protect", {{"files", {"/etc/field"}}}}})}),
                 .subject = {.exact = {"/etc/field"}},
                 .is_done = "grep -qx x /etc/field/app.conf"});
  all.push_back({.name = "health-check",
                 .needs = {"handlers/health-check/run"},
                 .prepare = kTree,
                 .document = DocumentOf({ShellStep("echo x >/etc/field/app.conf; sleep 0.3",
                                                   {{"protect", {{"files", {"/etc/field"}}}}}),
                                         HandlerStep("health-check.sh", {})}),
                 .subject = {.exact = {"/etc/field"}},
                 .is_done = "grep -qx x /etc/field/app.conf"});
  all.push_back({.name = "reboot",
                 .needs = {"handlers/reboot/run"},
                 .prepare = kTree,
                 .document = DocumentOf({ShellStep("echo x >/etc/field/app.conf; sleep 0.3",
                                                   {{"protect", {{"files", {"/etc/field"}}}}}),
                                         HandlerStep("reboot.sh", {}),
                                         ShellStep("sleep 0.3", {{"protect", {{"files", {"/etc/hosts"}}}}})}),
                 .subject = {.exact = {"/etc/field"}},
                 .is_done = "grep -qx x /etc/field/app.conf"});
  // The device is to go down in half an hour, so that it can be looked at first.
  all.push_back({.name = "shutdown",
                 .needs = {"handlers/shutdown/run"},
                 .prepare = "shutdown -c 2>/dev/null; true",
                 .document = DocumentOf({HandlerStep("shutdown.sh", {"30"}),
                                         ShellStep("sleep 0.4", {{"protect", {{"files", {"/etc/hosts"}}}}})}),
                 .is_done = "[ -e /run/systemd/shutdown/scheduled ]",
                 .is_gone_after_boot = true});
}

}  // namespace

json HandlerStep(const std::string& handler, const std::vector<std::string>& args, const json& more) {
  json action = {{"name", handler},
                 {"type", "runHandler"},
                 {"input", {{"handler", handler}, {"args", args}, {"path", "default"}}},
                 {"runAsUser", ""}};
  action.update(more);
  return {{"action", action}};
}

json ShellStep(const std::string& script, const json& more) {
  std::string escaped;  // a comma separates arguments
  for (const char c : script) escaped += c == ',' ? std::string("\\,") : std::string(1, c);
  json action = {
      {"name", "script"}, {"type", "runCommand"}, {"input", {{"command", "/bin/sh,-c," + escaped}}}};
  action.update(more);
  return {{"action", action}};
}

json DocumentOf(const std::vector<json>& steps) { return {{"version", "1.0"}, {"steps", steps}}; }

std::vector<Scenario> Scenarios(const Web& web) {
  std::vector<Scenario> all;
  const auto name_group = [&all](const std::string& group) {
    for (Scenario& scenario : all) {
      if (scenario.group.empty()) scenario.group = group;
    }
  };
  AddFiles(all, web);
  name_group("files");
  AddPackages(all);
  name_group("packages");
  AddServices(all);
  name_group("services");
  AddTheRest(all);
  name_group("rest");
  return all;
}

}  // namespace kedge::field
