// Requests about things and groups, and every question, malformed: the documented error, and nothing has
// changed.

#include <doctest/doctest.h>

#include "malformed.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

TEST_CASE("things and groups, malformed, change nothing") {
  const json attributes = {{"attributes", {{"a.b", "1"}}}, {"merge", false}};
  const std::vector<Wrong> wrong = {
      {"/attributePayload/attributes", {{"a b", "1"}}},
      {"/attributePayload/attributes", {{"", "1"}}},
      {"/attributePayload/attributes", {{std::string(129, 'a'), "1"}}},
      {"/attributePayload/attributes", {{"a", "b c"}}},
      {"/attributePayload/attributes", {{"a", std::string(801, 'b')}}},
      {"/attributePayload/attributes", Pairs(51)},
  };
  std::vector<Wrong> thing = wrong;
  thing.push_back({"/thingTypeName", "a b"});
  thing.push_back({"/thingTypeName", "type", "ResourceNotFoundException"});
  thing.push_back({"/billingGroupName", "group", "ResourceNotFoundException"});
  Check(RestTable{"CreateThing", false, "POST", "/things/{pi-3}", {{"attributePayload", attributes}}, thing});
  const RestTable post{"", false, "POST", "", {}, {}};
  CheckRefused(post, "/things/pi-1", json({{"attributePayload", attributes}}).dump(),
               "ResourceAlreadyExistsException");

  std::vector<Wrong> group = {
      {"/parentGroupName", "g"},
      {"/thingGroupProperties/thingGroupDescription", std::string(2029, 'd')},
      {"/thingGroupProperties/thingGroupDescription", "two\nlines"},
      {"/tags/0/Key", ""},
  };
  for (const Wrong& w : wrong) {
    group.push_back({"/thingGroupProperties" + w.member, w.value});
  }
  Check(RestTable{
      "CreateThingGroup",
      false,
      "POST",
      "/thing-groups/{h}",
      {{"thingGroupProperties", {{"thingGroupDescription", "all"}, {"attributePayload", attributes}}},
       {"tags", {{{"Key", "k"}, {"Value", ""}}}}},
      group});
  CheckRefused(post, "/thing-groups/g", R"({"thingGroupProperties":{"thingGroupDescription":"x"}})",
               "ResourceAlreadyExistsException");

  const json both = {{"thingGroupName", "g"},
                     {"thingGroupArn", "arn:aws:iot:us-east-1:000000000000:thinggroup/g"},
                     {"thingName", "pi-1"},
                     {"thingArn", kThing}};
  const std::vector<Wrong> membership = {
      {"/thingGroupName", "h"},
      {"/thingGroupName", "a b"},
      {"/thingGroupArn", kThing},
      {"/thingGroupArn", "g"},
      {"/thingName", "pi-2"},
      {"/thingName", std::string(129, 't')},
      {"/thingArn", "arn:aws:iot:us-east-1:000000000000:thinggroup/g"},
      {"/thingArn", ""},
  };
  Check(RestTable{"AddThingToThingGroup", false, "PUT", "/thing-groups/addThingToThingGroup", both,
                  membership});
  Check(RestTable{"RemoveThingFromThingGroup", false, "PUT", "/thing-groups/removeThingFromThingGroup", both,
                  membership});
  const RestTable put{"", false, "PUT", "", {}, {}};
  for (const char* path : {"/thing-groups/addThingToThingGroup", "/thing-groups/removeThingFromThingGroup"}) {
    CheckRefused(put, path, "", kInvalid);
    CheckRefused(put, path, R"({"thingGroupName":"g"})", kInvalid);
    CheckRefused(put, path, R"({"thingGroupName":"h","thingName":"pi-1"})", "ResourceNotFoundException");
    CheckRefused(put, path, R"({"thingGroupName":"g","thingName":"pi-9"})", "ResourceNotFoundException");
  }
  Check(RestTable{"DeleteThing", false, "DELETE", "/things/{pi-1}?expectedVersion=1", {}, {}});
  Check(RestTable{"DeleteThingGroup", false, "DELETE", "/thing-groups/{g}?expectedVersion=1", {}, {}});
  const RestTable erase{"", false, "DELETE", "", {}, {}};
  for (const char* path : {"/things/pi-1", "/thing-groups/g"}) {
    CheckRefused(erase, std::string(path) + "?expectedVersion=2", "", "VersionConflictException");
    CheckRefused(erase, std::string(path) + "?expectedVersion=one", "", kInvalid);
  }
}

TEST_CASE("questions, malformed, are refused") {
  struct Question {
    bool data_plane;
    std::string target;                // names in braces
    std::vector<std::string> queries;  // each wrong
  };
  const std::vector<std::string> pages = {"maxResults=0",  "maxResults=251", "maxResults=x", "maxResults=",
                                          "maxResults=-1", "nextToken=",     "nextToken=2",  "nextToken=%FF"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), pages.begin(), pages.end());
    return more;
  };
  const std::vector<Question> questions = {
      {false, "/things",
       with({"attributeName=a%20b", "attributeValue=%20", "thingTypeName=", "usePrefixAttributeValue=1"})},
      {false, "/things/{pi-1}", {}},
      {false, "/things/{pi-1}/thing-groups", pages},
      {false, "/thing-groups", with({"namePrefixFilter=", "parentGroup=a%20b", "recursive=yes"})},
      {false, "/thing-groups/{g}", {}},
      {false, "/thing-groups/{g}/things", with({"recursive=2"})},
      {false, "/jobs",
       with({"status=DONE", "status=", "targetSelection=ALL", "thingGroupName=a%20b", "thingGroupId=a_b",
             "namespaceId=n"})},
      {false, "/jobs/{running}", {"beforeSubstitution=1"}},
      {false, "/jobs/{running}/job-document", {"beforeSubstitution="}},
      {false, "/jobs/{running}/things", with({"status=DONE"})},
      {false, "/things/{pi-1}/jobs", with({"status=done", "jobId=a%20b", "namespaceId=n"})},
      {false,
       "/things/{pi-1}/jobs/{running}",
       {"executionNumber=x", "executionNumber=-1", "executionNumber="}},
      {false, "/endpoint", {"endpointType=iot:All", "endpointType=", "endpointType=iot:CredentialProvider"}},
      {false, "/managed-job-templates", with({"templateName="})},
      {false,
       "/managed-job-templates/AWS-Reboot",
       {"templateVersion=0.0", "templateVersion=1", "templateVersion="}},
      {true, "/things/{pi-1}/jobs", {}},
      {true,
       "/things/{pi-1}/jobs/{running}",
       {"executionNumber=x", "executionNumber=", "includeJobDocument=1"}},
  };
  for (const Question& question : questions) {
    const RestTable get{"", question.data_plane, "GET", question.target, {}, {}};
    Check(get);
    const std::string target = Plain(question.target);
    for (const std::string& query : question.queries) CheckRefused(get, target + "?" + query, "", kInvalid);
  }
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
}  // namespace kedge::drydock
