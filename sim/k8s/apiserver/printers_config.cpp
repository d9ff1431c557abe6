// The columns of configuration and of what decides about requests.

#include <algorithm>

#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kConfigMapColumns[] = {
    kNameColumn,
    {"Data", "string", "", "How many entries it has."},
    kAgeColumn,
};

constexpr Column kSecretColumns[] = {
    kNameColumn,
    {"Type", "string", "", "What the entries are for."},
    {"Data", "string", "", "How many entries it has."},
    kAgeColumn,
};

constexpr Column kServiceAccountColumns[] = {
    kNameColumn,
    {"Secrets", "string", "", "How many secrets pods of the account may use."},
    kAgeColumn,
};

constexpr Column kWebhookColumns[] = {
    kNameColumn,
    {"Webhooks", "integer", "", "How many webhooks are registered."},
    kAgeColumn,
};

constexpr Column kValidatingPolicyColumns[] = {
    kNameColumn,
    {"Validations", "integer", "", "How many rules it has."},
    {"ParamKind", "string", "", "The kind of its parameters."},
    kAgeColumn,
};

constexpr Column kPolicyBindingColumns[] = {
    kNameColumn,
    {"PolicyName", "string", "", "The policy that it puts to use."},
    {"ParamRef", "string", "", "The policy's parameters."},
    kAgeColumn,
};

constexpr Column kRequestColumns[] = {
    kNameColumn,
    kAgeColumn,
    {"SignerName", "string", "", "Who is to sign."},
    {"Requestor", "string", "", "Who asks for the certificate."},
    {"RequestedDuration", "string", "", "For how long it is to be valid."},
    {"Condition", "string", "", "What has become of the request."},
};

constexpr Column kRuntimeClassColumns[] = {
    kNameColumn,
    {"Handler", "string", "", "What the container runtime knows the class by."},
    kAgeColumn,
};

int64_t size_of(const Value& value) {
  return static_cast<int64_t>(value.size());
}

void config_map_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(size_of(object["data"]) + size_of(object["binaryData"]))
      .add_age_of(object);
}

void secret_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(object["type"].text())
      .add(size_of(object["data"]))
      .add_age_of(object);
}

void service_account_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(size_of(object["secrets"])).add_age_of(object);
}

void webhook_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(size_of(object["webhooks"])).add_age_of(object);
}

void validating_policy_cells(Cells& cells, const Value& object) {
  const Value& kind = object["spec"]["paramKind"];
  std::string text = "<unset>";
  if (kind.is_object()) {
    text = kind["apiVersion"].text();
    text += "/";
    text += kind["kind"].text();
  }
  cells.add(name_of(object))
      .add(size_of(object["spec"]["validations"]))
      .add(text)
      .add_age_of(object);
}

void policy_binding_cells(Cells& cells, const Value& object) {
  const Value& reference = object["spec"]["paramRef"];
  std::string text = "<unset>";
  if (!reference["name"].text().empty()) {
    text = reference["namespace"].text("*");
    text += "/";
    text += reference["name"].text();
  }
  cells.add(name_of(object)).add(object["spec"]["policyName"].text()).add(text).add_age_of(object);
}

bool has_condition(const Value& object, std::string_view type) {
  return bool(condition_of(object, type));
}

void request_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  std::string status = has_condition(object, "Denied")     ? "Denied"
                       : has_condition(object, "Approved") ? "Approved"
                                                           : "Pending";
  if (has_condition(object, "Failed")) status += ",Failed";
  if (!object["status"]["certificate"].text().empty()) status += ",Issued";
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  const Value& seconds = spec["expirationSeconds"];
  cells.add(name_of(object))
      .add_age_of(object)
      .add(spec["signerName"].text("<none>"))
      .add(spec["username"].text())
      .add(
          seconds.is_integer()
              ? elapsed_text(0, std::clamp<int64_t>(seconds.integer(), 0, INT32_MAX) * kNsPerSecond)
              : "<none>")
      .add(status);
}

void runtime_class_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(object["handler"].text()).add_age_of(object);
}

constexpr std::string_view kAdmission = "admissionregistration.k8s.io";

constexpr Printer kPrinters[] = {
    {"", "configmaps", kConfigMapColumns, config_map_cells},
    {"", "secrets", kSecretColumns, secret_cells},
    {"", "serviceaccounts", kServiceAccountColumns, service_account_cells},
    {kAdmission, "mutatingwebhookconfigurations", kWebhookColumns, webhook_cells},
    {kAdmission, "validatingwebhookconfigurations", kWebhookColumns, webhook_cells},
    {kAdmission, "validatingadmissionpolicies", kValidatingPolicyColumns, validating_policy_cells},
    {kAdmission, "validatingadmissionpolicybindings", kPolicyBindingColumns, policy_binding_cells},
    {"certificates.k8s.io", "certificatesigningrequests", kRequestColumns, request_cells},
    {"node.k8s.io", "runtimeclasses", kRuntimeClassColumns, runtime_class_cells},
};

}  // namespace

std::span<const Printer> config_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
