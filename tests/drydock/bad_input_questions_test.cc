// Questions, malformed in every member: the documented error, and nothing has changed.

#include <doctest/doctest.h>

#include "malformed.h"
#include "rest_objects.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

RestTable Get(const std::string& operation, const std::string& target, std::vector<std::string> wrong = {},
              bool data_plane = false) {
  return {operation, data_plane, "GET", target, {}, {}, std::move(wrong)};
}

// A list that comes in pages.
RestTable List(const std::string& operation, const std::string& target, std::vector<std::string> wrong = {}) {
  for (const char* query : {"maxResults=x", "maxResults=", "nextToken=", "nextToken=2", "nextToken=%FF"}) {
    wrong.push_back(query);
  }
  const std::string size = target.find('?') == std::string::npos ? "?maxResults=7" : "&maxResults=7";
  return Get(operation, target + size, std::move(wrong));
}

std::vector<RestTable> ControlQuestions() {
  const std::string group = "thingGroupName=g&thingGroupId=" + GroupId("g");
  return {
      List("ListThings",
           "/things?attributeName=a&attributeValue=b&thingTypeName=t&usePrefixAttributeValue=true"),
      Get("DescribeThing", "/things/{pi-1}"),
      List("ListThingGroupsForThing", "/things/{pi-1}/thing-groups"),
      List("ListThingGroups", "/thing-groups?namePrefixFilter=g&parentGroup=g&recursive=false"),
      Get("DescribeThingGroup", "/thing-groups/{g}"),
      List("ListThingsInThingGroup", "/thing-groups/{g}/things?recursive=true"),
      List("ListJobs", "/jobs?status=IN_PROGRESS&targetSelection=CONTINUOUS&" + group,
           {"status=DONE", "targetSelection=ALL", "namespaceId=n", "thingGroupName=g&thingGroupId=0-0"}),
      Get("DescribeJob", "/jobs/{running}?beforeSubstitution=true", {"beforeSubstitution=1"}),
      Get("GetJobDocument", "/jobs/{running}/job-document?beforeSubstitution=false", {"beforeSubstitution="}),
      List("ListJobExecutionsForJob", "/jobs/{running}/things?status=QUEUED", {"status=done"}),
      List("ListJobExecutionsForThing", "/things/{pi-1}/jobs?status=FAILED&jobId=ended", {"namespaceId=n"}),
      Get("DescribeJobExecution", "/things/{pi-1}/jobs/{running}?executionNumber=1", {"executionNumber=-1"}),
      Get("DescribeEndpoint", "/endpoint?endpointType=iot%3AJobs",
          {"endpointType=iot:All", "endpointType=", "endpointType=iot:CredentialProvider"}),
      List("ListManagedJobTemplates", "/managed-job-templates?templateName=AWS-Reboot"),
      Get("DescribeManagedJobTemplate", "/managed-job-templates/AWS-Reboot?templateVersion=1.0",
          {"templateVersion=0.0", "templateVersion=1", "templateVersion="}),
  };
}

TEST_CASE("questions, malformed, are refused") {
  for (const RestTable& table : QuestionTables()) Check(table);
  const RestTable get{"", false, "GET", "", {}, {}};
  for (const char* target :
       {"/things/pi-9", "/things/pi-9/jobs", "/things/pi-9/thing-groups", "/thing-groups/h",
        "/thing-groups/h/things", "/thing-groups?parentGroup=h", "/jobs/nothing", "/jobs/nothing/things",
        "/jobs/nothing/job-document", "/jobs?thingGroupName=h", "/jobs?thingGroupId=0-0",
        "/things/pi-1/jobs/nothing", "/things/pi-1/jobs/running?executionNumber=2",
        "/managed-job-templates/AWS-Dance", "/managed-job-templates/AWS-Reboot?templateVersion=2.0"}) {
    CheckRefused(get, target, "", "ResourceNotFoundException");
  }
  CheckRefused(get, "/managed-job-templates/" + std::string(65, 'x'), "", kInvalid);
  CheckRefused(get, "/job-templates", "", kInvalid);
  for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "BREW"}) {
    for (const char* target :
         {"", "/", "//", "/nothing", "/jobs/j/nothing", "/things/a/b/c/d/e/f", "/%zz?%"}) {
      CheckRefused({"", false, method, "", {}, {}}, target, "", "UnknownOperationException");
      CheckRefused({"", true, method, "", {}, {}}, target, "", "UnknownOperationException");
    }
  }
}

}  // namespace

std::vector<RestTable> QuestionTables() {
  std::vector<RestTable> tables = ControlQuestions();
  tables.push_back(Get("GetPendingJobExecutions", "/things/{pi-1}/jobs", {}, true));
  tables.push_back(Get("DescribeJobExecution",
                       "/things/{pi-1}/jobs/{running}?executionNumber=1&includeJobDocument=true",
                       {"executionNumber=-1"}, true));
  return tables;
}

}  // namespace kedge::drydock
