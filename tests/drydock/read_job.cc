#include "read_job.h"

#include <algorithm>

#include "members.h"
#include "presign.h"
#include "read_configs.h"
#include "rules.h"
#include "s3_object.h"
#include "templates.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxParameter = 512;  // characters
constexpr const char* kTemplateArnRule = "arn:[!-~]+, at most 1600 characters";

// Of any job template, AWS's or one's own; whether it is there is another question.
bool IsTemplateArn(std::string_view arn) {
  constexpr std::string_view kStart = "arn:";
  constexpr std::size_t kLongest = 1600;
  return arn.starts_with(kStart) && arn.size() > kStart.size() && arn.size() <= kLongest &&
         std::all_of(arn.begin(), arn.end(), [](char c) { return c >= '!' && c <= '~'; });
}

void ReadFromSource(Members& members, const std::string& source, const Files* files, Job& job) {
  if (files == nullptr) {
    return members.Refuse(
        "documentSource needs files that stand for S3: start drydock serve with --files FOLDER");
  }
  const auto object = S3ObjectAt(source);
  if (!object) {
    return members.Refuse(
        "documentSource must be an S3 address: https://s3[.REGION].amazonaws.com/BUCKET/KEY");
  }
  const auto document = files->Read(object->bucket, object->key);
  if (!document) {
    return members.Refuse("documentSource names " + object->bucket + "/" + object->key +
                          ", which is not in the folder of --files");
  }
  job.document = *document;
}

void ReadFromTemplate(Members& members, const std::string& arn, Job& job, std::optional<Refusal>& missing) {
  const auto found = TemplateAt(arn);
  if (!found) {
    missing = found.refusal();
    return;
  }
  const auto values = members.Texts("documentParameters").value_or(TemplateValues());
  for (const auto& [key, value] : values) {
    if (!IsParameterKey(key))
      return members.Refuse("documentParameters key '" + key + "' must match [a-zA-Z0-9_-]{1,128}");
    if (!IsPlainText(value, kMaxParameter)) {
      return members.Refuse("documentParameters value of '" + key +
                            "' must have 1 to 512 characters, no control characters");
    }
  }
  const auto filled = Fill(**found, values);
  if (!filled) return members.Refuse(filled.refusal().message);
  job.source_document = (*found)->document;
  job.document = *filled;
}

std::size_t Occurrences(std::string_view text, std::string_view of) {
  std::size_t count = 0;
  for (auto at = text.find(of); at != std::string_view::npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

void CheckDocument(Members& members, const Job& job) {
  const std::string& document = job.document;
  if (document.size() > kMaxDocumentBytes) {
    return members.Refuse("document has " + std::to_string(document.size()) + " bytes, at most " +
                          std::to_string(kMaxDocumentBytes) + " are allowed");
  }
  if (!json::parse(document, nullptr, false).is_object()) {
    return members.Refuse("document must be the text of a JSON object");
  }
  const auto placeholders = Occurrences(document, "${aws:iot:");
  if (placeholders > kMaxSubstitutions) {
    return members.Refuse("document has " + std::to_string(placeholders) + " substitutions, at most " +
                          std::to_string(kMaxSubstitutions) + " are allowed");
  }
  if (!job.url_lifetime) return;
  for (const std::string& address : PresignedIn(document)) {
    if (!S3ObjectAt(address)) {
      return members.Refuse("document has a presigned URL of '" + address +
                            "', which is no S3 address: https://s3[.REGION].amazonaws.com/BUCKET/KEY");
    }
  }
}

// The document, wherever it comes from: exactly one of the three ways.
void ReadDocument(Members& members, const Files* files, Job& job, std::optional<Refusal>& missing) {
  const auto text = members.Text("document");
  const auto source = members.Text("documentSource", 1, 1350);
  const auto arn = members.Word("jobTemplateArn", IsTemplateArn, kTemplateArnRule);
  if (members.problem()) return;
  if (int{text.has_value()} + int{source.has_value()} + int{arn.has_value()} != 1) {
    return members.Refuse("exactly one of document, documentSource and jobTemplateArn must be there");
  }
  if (!arn && members.Has("documentParameters")) {
    return members.Refuse("documentParameters can only be used with a managed template in jobTemplateArn");
  }
  if (text) job.document = *text;
  if (source) ReadFromSource(members, *source, files, job);
  if (arn) ReadFromTemplate(members, *arn, job, missing);
  if (!members.problem() && !missing) CheckDocument(members, job);
}

void ReadSettings(Members& members, Instant now, Job& job) {
  const JobUpdate configs = ReadConfigs(members);
  job.timeout = configs.timeout;
  job.retries = configs.retries.value_or(std::vector<RetryRule>());
  job.aborts = configs.aborts.value_or(std::vector<AbortRule>());
  job.url_lifetime = configs.url_lifetime;
  job.schedule = ReadSchedule(members, now);
  job.continuous = members.OneOf("targetSelection", {"SNAPSHOT", "CONTINUOUS"}) == "CONTINUOUS";
  job.settings = configs.settings;
  for (const char* name : {"documentSource", "jobTemplateArn", "documentParameters", "schedulingConfig"}) {
    if (members.Has(name)) job.settings[name] = members.object().at(name);
  }
}

}  // namespace

Outcome<Job> ReadJob(const std::string& id, const json& body, const Files* files, Instant now) {
  Job job;
  job.id = id;
  Members members(body);
  if (!IsJobId(id)) members.Refuse(std::string("jobId must match ") + kJobIdRule);
  std::optional<Refusal> missing;  // a template that is not there is no invalid request
  CheckNamespace(members);
  if (members.Has("destinationPackageVersions")) {
    members.Refuse(
        "destinationPackageVersions is something drydock does not do: it has no package catalogue");
  }
  CheckTags(members);
  job.targets = ReadTargets(members);
  if (job.targets.size() > kMaxTargets) {
    members.Refuse("targets names more than " + std::to_string(kMaxTargets) + " things and thing groups");
  }
  ReadSettings(members, now, job);
  ReadDocument(members, files, job, missing);
  if (members.problem()) return *members.problem();
  if (missing) return *missing;
  return job;
}

}  // namespace kedge::drydock
