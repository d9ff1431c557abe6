// Roles and who has them.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// A rule for one resource, or one URL. Rules for a resource that differ only in verbs are one.
struct Rule {
  std::string group;
  std::string resource;
  std::string name;  // of the only object; empty: all
  std::string url;
  std::vector<std::string> verbs;
};

std::string bracketed(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& item : list) {
    if (out.size() > 1) out += ' ';
    out += item;
  }
  return out + "]";
}

std::string bracketed(const std::string& item) {
  return item.empty() ? "[]" : "[" + item + "]";
}

void add_resource_rule(std::vector<Rule>& rules, const Rule& rule) {
  for (Rule& other : rules) {
    if (!other.url.empty() || other.group != rule.group || other.resource != rule.resource ||
        other.name != rule.name) {
      continue;
    }
    other.verbs.insert(other.verbs.end(), rule.verbs.begin(), rule.verbs.end());
    return;
  }
  rules.push_back(rule);
}

void add_rules(std::vector<Rule>& rules, const Value& rule) {
  for (const Value& group : rule["apiGroups"].items()) {
    for (const Value& resource : rule["resources"].items()) {
      for (const Value& verb : rule["verbs"].items()) {
        Rule made{std::string(group.text()),
                  std::string(resource.text()),
                  {},
                  {},
                  {std::string(verb.text())}};
        const auto names = rule["resourceNames"].items();
        if (names.empty()) add_resource_rule(rules, made);
        for (const Value& name : names) {
          made.name = name.text();
          add_resource_rule(rules, made);
        }
      }
    }
  }
  for (const Value& url : rule["nonResourceURLs"].items()) {
    for (const Value& verb : rule["verbs"].items()) {
      rules.push_back({{}, {}, {}, std::string(url.text()), {std::string(verb.text())}});
    }
  }
}

// kubectl orders rules by their text as Go structs, which begins with the verbs.
std::string order_of(const Rule& rule) {
  const std::string groups = rule.url.empty() ? "[" + rule.group + "]" : "[]";
  return bracketed(rule.verbs) + ",APIGroups:" + groups + ",Resources:" + bracketed(rule.resource) +
         ",ResourceNames:" + bracketed(rule.name) + ",NonResourceURLs:" + bracketed(rule.url);
}

// `deployments.apps/scale`
std::string resource_text(const Rule& rule) {
  const size_t slash = rule.resource.find('/');
  std::string out = rule.resource.substr(0, slash);
  if (!rule.group.empty()) out += "." + rule.group;
  if (slash != std::string::npos) out += rule.resource.substr(slash);
  return out;
}

void describe_role(Page& page, const Value& object) {
  std::vector<Rule> rules;
  for (const Value& rule : object["rules"].items()) add_rules(rules, rule);
  std::stable_sort(rules.begin(), rules.end(),
                   [](const Rule& a, const Rule& b) { return order_of(a) < order_of(b); });
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  page.line(0, "PolicyRule:");
  page.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
  page.line(1, "---------\t-----------------\t--------------\t-----");
  for (const Rule& rule : rules) {
    page.line(1, resource_text(rule), "\t", bracketed(rule.url), "\t", bracketed(rule.name), "\t",
              bracketed(rule.verbs));
  }
}

void describe_binding(Page& page, const Value& object) {
  const Value& role = object["roleRef"];
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  page.line(0, "Role:");
  page.field(1, "Kind", role["kind"].text());
  page.field(1, "Name", role["name"].text());
  page.line(0, "Subjects:");
  page.line(1, "Kind\tName\tNamespace");
  page.line(1, "----\t----\t---------");
  for (const Value& subject : object["subjects"].items()) {
    page.line(1, subject["kind"].text(), "\t", subject["name"].text(), "\t",
              subject["namespace"].text());
  }
}

}  // namespace

bool describe_access_kinds(Page& page, const Value& object, std::string_view kind) {
  constexpr std::string_view kGroup = ".rbac.authorization.k8s.io";
  if (!kind.ends_with(kGroup)) return false;
  kind.remove_suffix(kGroup.size());
  if (kind == "Role" || kind == "ClusterRole") {
    describe_role(page, object);
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    describe_binding(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
