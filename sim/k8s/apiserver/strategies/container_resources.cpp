// The checks of what containers ask for, and of references to fields and resources.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kResourceFields[] = {
    "limits.cpu",   "limits.memory",   "limits.ephemeral-storage",
    "requests.cpu", "requests.memory", "requests.ephemeral-storage",
};

// All that a reference can mean somewhere.
constexpr std::string_view kKnownFields[] = {
    "metadata.annotations", "metadata.labels",    "metadata.name",
    "metadata.namespace",   "metadata.uid",       "spec.nodeName",
    "spec.restartPolicy",   "spec.schedulerName", "spec.serviceAccountName",
    "status.hostIP",        "status.hostIPs",     "status.phase",
    "status.podIP",         "status.podIPs",
};

bool is_huge_page(std::string_view resource) {
  return resource.starts_with("hugepages-");
}

// The pages of `hugepages-2Mi` come whole.
void check_huge_pages(FieldErrors& errors, const Place& at, std::string_view resource,
                      const Value& amount) {
  if (!is_huge_page(resource)) return;
  const Quantity quantity = Quantity::from(amount);
  const std::string_view size = resource.substr(std::string_view("hugepages-").size());
  const int64_t page = Quantity::parse(size).value_or(Quantity()).value();
  if (page > 0 && quantity.value() > 0 && quantity.value() % page == 0) return;
  errors.invalid(at, quantity.text(),
                 quantity.text() + " is not positive integer multiple of " + std::string(resource));
}

void check_amounts(FieldErrors& errors, const Place& at, const Value& amounts) {
  for (const json::Member& amount : amounts.members()) {
    const Place place = at.key(amount.name());
    check_container_resource_name(errors, place, amount.name());
    check_resource_amount(errors, place, amount.name(), amount.value);
    check_huge_pages(errors, place, amount.name(), amount.value);
  }
}

void check_request(FieldErrors& errors, const Place& at, const json::Member& request,
                   const Value& limits) {
  const Place requests = at.child("requests");
  const Value& limit = limits[request.name()];
  const bool overcommits = can_be_overcommitted(request.name());
  if (!limit) {
    if (!overcommits) {
      errors.required(at.child("limits"), "Limit must be set for non overcommitable resources");
    }
    return;
  }
  const Quantity asked = Quantity::from(request.value);
  const Quantity most = Quantity::from(limit);
  const std::string of_limit = std::string(request.name()) + " limit of " + most.text();
  if (!overcommits && asked != most) {
    errors.invalid(requests, asked.text(), "must be equal to " + of_limit);
  } else if (asked > most) {
    errors.invalid(requests, asked.text(), "must be less than or equal to " + of_limit);
  }
}

// Whether a resource of that kind is among limits or requests.
template <class Is>
bool asks_for(const Value& resources, Is is) {
  for (const std::string_view list : {"limits", "requests"}) {
    const auto members = resources[list].members();
    const auto wanted = [&is](const json::Member& member) { return is(member.name()); };
    if (std::any_of(members.begin(), members.end(), wanted)) return true;
  }
  return false;
}

void check_claims(FieldErrors& errors, const Place& at, const Value& claims, const Value& spec) {
  std::vector<std::string_view> known;
  for (const Value& claim : spec["resourceClaims"].items()) {
    known.push_back(claim["name"].text());
  }
  std::vector<std::string_view> seen;
  size_t i = 0;
  for (const Value& claim : claims.items()) {
    const Place place = at.index(i++);
    const std::string_view name = claim["name"].text();
    if (name.empty()) {
      errors.required(place);
      continue;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) errors.duplicate(place, name);
    seen.push_back(name);
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string detail = "must be one of the names in pod.spec.resourceClaims";
    detail += known.empty() ? " which is empty" : ": ";
    for (size_t k = 0; k < known.size(); ++k) {
      if (k > 0) detail += ", ";
      detail += known[k];
    }
    errors.not_found(place, name, detail);
  }
}

void check_divisor(FieldErrors& errors, const Place& at, const Value& reference) {
  constexpr std::string_view kCpu[] = {"1m", "1"};
  constexpr std::string_view kBytes[] = {"1",   "1k",  "1M",  "1G",  "1T",  "1P", "1E",
                                         "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};
  const std::string_view resource = reference["resource"].text();
  const Quantity divisor = Quantity::from(reference["divisor"]);
  if (divisor.is_zero()) return;
  std::string detail = "only divisor's values ";
  if (resource == "limits.cpu" || resource == "requests.cpu") {
    if (is_among(divisor.text(), kCpu)) return;
    detail += "1m and 1 are supported with the cpu resource";
  } else {
    if (is_among(divisor.text(), kBytes)) return;
    detail += "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the ";
    const bool is_memory = resource.ends_with(".memory");
    detail += is_memory ? "memory resource" : "local ephemeral storage resource";
  }
  errors.invalid(at.child("divisor"), resource, detail);
}

}  // namespace

void check_resources(FieldErrors& errors, const Place& at, const Value& resources,
                     const Value& spec) {
  check_amounts(errors, at.child("limits"), resources["limits"]);
  check_amounts(errors, at.child("requests"), resources["requests"]);
  for (const json::Member& request : resources["requests"].members()) {
    check_request(errors, at, request, resources["limits"]);
  }
  const auto is_basic = [](std::string_view name) { return name == "cpu" || name == "memory"; };
  if (asks_for(resources, is_huge_page) && !asks_for(resources, is_basic)) {
    errors.forbidden(at, "HugePages require cpu or memory");
  }
  check_claims(errors, at.child("claims"), resources["claims"], spec);
}

void check_field_reference(FieldErrors& errors, const Place& at, const Value& reference,
                           std::span<const std::string_view> fields) {
  if (reference["apiVersion"].text().empty()) {
    errors.required(at.child("apiVersion"));
    return;
  }
  const std::string_view path = reference["fieldPath"].text();
  if (path.empty()) {
    errors.required(at.child("fieldPath"));
    return;
  }
  // `metadata.labels['app']` names one of many.
  const size_t bracket = path.find("['");
  if (bracket != std::string_view::npos && path.ends_with("']")) {
    const std::string_view map = path.substr(0, bracket);
    const std::string_view key = path.substr(bracket + 2, path.size() - bracket - 4);
    if (map == "metadata.annotations") {
      check_form(errors, at, lower(key), qualified_name);
    } else if (map == "metadata.labels") {
      check_form(errors, at, key, qualified_name);
    } else {
      errors.invalid(at, map, "does not support subscript");
    }
    return;
  }
  if (is_among(path, fields)) return;
  if (is_among(path, kKnownFields)) {
    errors.not_supported(at.child("fieldPath"), path, fields);
  } else {
    errors.invalid(at.child("fieldPath"), path,
                   "error converting fieldPath: field label not supported: " + std::string(path));
  }
}

void check_resource_reference(FieldErrors& errors, const Place& at, const Value& reference,
                              bool in_volume) {
  const std::string_view resource = reference["resource"].text();
  const bool is_pages =
      resource.starts_with("requests.hugepages-") || resource.starts_with("limits.hugepages-");
  if (in_volume && reference["containerName"].text().empty()) {
    errors.required(at.child("containerName"));
  } else if (resource.empty()) {
    errors.required(at.child("resource"));
  } else if (!is_pages && !is_among(resource, kResourceFields)) {
    errors.not_supported(at.child("resource"), resource, kResourceFields);
  }
  check_divisor(errors, at, reference);
}

}  // namespace sim::k8s::strategies
