// AWS's managed job templates: `aws iot describe-managed-job-template` and list-managed-job-templates.

#include <algorithm>

#include "rest_control.h"
#include "templates.h"

namespace kedge::drydock::rest {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxName = 64;

json Summary(const ManagedTemplate& managed, const Account& account) {
  return {{"templateName", managed.name},
          {"templateArn", managed.Arn(account.region)},
          {"templateVersion", kTemplateVersion},
          {"description", managed.description},
          {"environments", {kTemplateEnvironment}}};
}

// As the model has it, its dot for any character included: [1-9]+.[0-9]+
bool IsVersion(std::string_view text) {
  const auto digits = [](std::string_view part, char least) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [&](char c) { return c >= least && c <= '9'; });
  };
  const auto dot = text.find('.');
  return dot != std::string_view::npos && digits(text.substr(0, dot), '1') &&
         digits(text.substr(dot + 1), '0');
}

bool IsName(std::string_view text) { return !text.empty() && text.size() <= kMaxName; }

}  // namespace

RestAnswer DescribeTemplate(const Control& control) {
  const auto version = control.query.Word("templateVersion", IsVersion, "[1-9]+.[0-9]+").value_or("");
  if (!IsName(control.Segment(1))) control.query.Refuse("templateName must have 1 to 64 characters");
  if (const auto problem = control.Problem()) return *problem;
  const auto managed = TemplateNamed(control.Segment(1), version);
  if (!managed) return managed.refusal();
  json object = Summary(**managed, control.account());
  object["document"] = (*managed)->document;
  for (const TemplateParameter& parameter : (*managed)->parameters) {
    object["documentParameters"].push_back({{"key", parameter.key},
                                            {"description", parameter.description},
                                            {"regex", parameter.Regex()},
                                            {"example", parameter.example},
                                            {"optional", parameter.optional}});
  }
  return object;
}

RestAnswer ListTemplates(const Control& control) {
  const auto name = control.query.Word("templateName", IsName, ".{1,64}");
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  std::vector<Entry> entries;
  for (const ManagedTemplate& managed : ManagedTemplates()) {
    if (!name || managed.name == *name)
      entries.push_back({managed.name, Summary(managed, control.account())});
  }
  return Page(*page, "managedJobTemplates", std::move(entries));
}

}  // namespace kedge::drydock::rest
