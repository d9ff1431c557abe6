// The checks of security contexts.
//
// Not modelled: the options of Windows, and the annotations that came before the fields.

#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr int64_t kIdMost = 0xFFFFFFFF;

// A seccomp or an AppArmor profile; `what` names it in the texts.
void check_profile(FieldErrors& errors, const Place& at, const Value& profile,
                   std::string_view what) {
  constexpr std::string_view kTypes[] = {"Localhost", "RuntimeDefault", "Unconfined"};
  if (!is_set(profile)) return;
  const std::string_view type = profile["type"].text();
  const Value& local = profile["localhostProfile"];
  const Place local_place = at.child("localhostProfile");
  const std::string of_type = std::string(what) + " type is Localhost";
  if (type.empty()) {
    const std::string_view field = what == "seccomp" ? "seccompProfile" : "appArmorProfile";
    errors.required(at.child("type"), "type is required when " + std::string(field) + " is set");
  } else if (!is_among(type, kTypes)) {
    errors.not_supported(at.child("type"), type, kTypes);
  }
  if (type == "Localhost") {
    if (local.text().empty()) {
      errors.required(local_place, "must be set when " + of_type);
    } else if (what == "seccomp") {
      check_descending_path(errors, local_place, local.text());
    }
  } else if (is_set(local)) {
    errors.invalid(local_place, local, "can only be set when " + of_type);
  }
}

bool is_control_name(std::string_view name) {
  constexpr size_t kMost = 253;
  if (name.empty() || name.size() > kMost) return false;
  char before = '.';
  for (const char c : name) {
    const bool is_edge = is_lower(c) || is_digit(c);
    const bool separates = c == '.' || c == '/';
    const bool follows_edge = is_lower(before) || is_digit(before);
    if (!is_edge && !separates && c != '-' && c != '_') return false;
    if (separates && !follows_edge) return false;
    if (!is_edge && !separates && (before == '.' || before == '/')) return false;
    before = c;
  }
  return is_lower(before) || is_digit(before);
}

void check_controls(FieldErrors& errors, const Place& at, const Value& controls) {
  std::vector<std::string_view> seen;
  size_t i = 0;
  for (const Value& control : controls.items()) {
    const Place place = at.index(i++);
    const std::string_view name = control["name"].text();
    if (name.empty()) {
      errors.required(place.child("name"));
    } else if (!is_control_name(name)) {
      errors.invalid(place.child("name"), name,
                     "must have at most 253 characters and match regex "
                     "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
    } else if (is_among(name, seen)) {
      errors.duplicate(place.child("name"), name);
    }
    seen.push_back(name);
  }
}

}  // namespace

void check_pod_security(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr std::string_view kGroupPolicies[] = {"Always", "OnRootMismatch"};
  constexpr std::string_view kSupplemental[] = {"Merge", "Strict"};
  const Value& context = spec["securityContext"];
  const Place place = at.child("securityContext");
  for (const std::string_view id : {"fsGroup", "runAsUser", "runAsGroup"}) {
    check_range(errors, place.child(id), context[id], 0, kIdMost);
  }
  const Place groups = place.child("supplementalGroups");
  size_t i = 0;
  for (const Value& group : context["supplementalGroups"].items()) {
    check_range(errors, groups.index(i++), group, 0, kIdMost);
  }
  if (spec["shareProcessNamespace"].truth() && spec["hostPID"].truth()) {
    errors.invalid(place.child("shareProcessNamespace"), true,
                   "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  check_controls(errors, place.child("sysctls"), context["sysctls"]);
  check_optional_choice(errors, place.child("fsGroupChangePolicy"), context["fsGroupChangePolicy"],
                        kGroupPolicies);
  check_profile(errors, place.child("seccompProfile"), context["seccompProfile"], "seccomp");
  check_profile(errors, place.child("appArmorProfile"), context["appArmorProfile"], "AppArmor");
  check_optional_choice(errors, place.child("supplementalGroupsPolicy"),
                        context["supplementalGroupsPolicy"], kSupplemental);
  if (spec["hostUsers"].truth(true)) return;
  constexpr std::string_view kOwnUsers = "when `pod.Spec.HostUsers` is false";
  if (spec["hostNetwork"].truth()) errors.forbidden(at.child("hostNetwork"), kOwnUsers);
  if (spec["hostPID"].truth()) errors.forbidden(at.child("HostPID"), kOwnUsers);
  if (spec["hostIPC"].truth()) errors.forbidden(at.child("HostIPC"), kOwnUsers);
}

void check_container_security(FieldErrors& errors, const Place& at, const Value& context,
                              bool host_users) {
  constexpr std::string_view kProcMounts[] = {"Default", "Unmasked"};
  if (!is_set(context)) return;
  check_range(errors, at.child("runAsUser"), context["runAsUser"], 0, kIdMost);
  check_range(errors, at.child("runAsGroup"), context["runAsGroup"], 0, kIdMost);
  const Value& mount = context["procMount"];
  check_optional_choice(errors, at.child("procMount"), mount, kProcMounts);
  if (host_users && mount.text() == "Unmasked") {
    errors.invalid(at.child("procMount"), mount, "`hostUsers` must be false to use `Unmasked`");
  }
  check_profile(errors, at.child("seccompProfile"), context["seccompProfile"], "seccomp");
  if (!context["allowPrivilegeEscalation"].truth(true)) {
    if (context["privileged"].truth()) {
      errors.invalid(at, context,
                     "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    for (const Value& capability : context["capabilities"]["add"].items()) {
      if (capability.text() != "CAP_SYS_ADMIN") continue;
      errors.invalid(at, context,
                     "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` "
                     "CAP_SYS_ADMIN");
    }
  }
  check_profile(errors, at.child("appArmorProfile"), context["appArmorProfile"], "AppArmor");
}

}  // namespace sim::k8s::strategies
