// The strategies of configuration: ConfigMaps and Secrets.
//
// Not modelled: that the contents of docker configurations are JSON.
// Source: Kubernetes' API reference, ConfigMap, Secret; RFC 4648 (base64).

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr int64_t kBytesMost = 1024 * 1024;
constexpr std::string_view kFrozen = "field is immutable when `immutable` is set";

std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= group.size() ? kLetters[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

// How many bytes base64 stands for.
int64_t decoded_size(std::string_view text) {
  const auto padding = std::count(text.begin(), text.end(), '=');
  return static_cast<int64_t>(text.size()) / 4 * 3 - padding;
}

// Plain text is only for writing: it becomes data.
Value default_secret(const Value& secret) {
  Filler filler(secret);
  filler.nonempty_text("type", "Opaque");
  const Value& plain = secret["stringData"];
  if (!plain) return filler.done();
  json::Object data(secret["data"]);
  for (const json::Member& member : plain.members()) {
    data.set(member.name(), base64(member.value.text()));
  }
  if (plain.size() > 0) filler.set("data", std::move(data).build());
  return filler.set("stringData", {}).done();
}

int64_t check_keys(FieldErrors& errors, const Place& at, const Value& data, bool is_base64) {
  int64_t bytes = 0;
  for (const json::Member& member : data.members()) {
    check_form(errors, at.key(member.name()), member.name(), config_key);
    const std::string_view text = member.value.text();
    bytes += is_base64 ? decoded_size(text) : static_cast<int64_t>(text.size());
  }
  return bytes;
}

void validate_config_map(const Value& object, FieldErrors& errors) {
  const Place data("data");
  const Value& binary = object["binaryData"];
  int64_t bytes = check_keys(errors, data, object["data"], false);
  for (const json::Member& member : object["data"].members()) {
    if (!binary.contains(member.name())) continue;
    errors.invalid(data.key(member.name()), member.key, "duplicate of key present in binaryData");
  }
  bytes += check_keys(errors, Place("binaryData"), binary, true);
  if (bytes > kBytesMost) errors.too_long(FieldPath("[]"), kBytesMost);
}

// What needs to be in a secret of a certain type.
void check_secret_type(FieldErrors& errors, const Value& secret) {
  const std::string_view type = secret["type"].text();
  const Value& data = secret["data"];
  const Place at("data");
  const auto require = [&](std::string_view key) {
    if (!data.contains(key)) errors.required(at.key(key));
  };
  if (type == "kubernetes.io/service-account-token") {
    constexpr std::string_view kAccount = "kubernetes.io/service-account.name";
    if (secret["metadata"]["annotations"][kAccount].text().empty()) {
      const Place annotations("metadata.annotations");
      errors.required(annotations.key(kAccount));
    }
  } else if (type == "kubernetes.io/dockercfg") {
    require(".dockercfg");
  } else if (type == "kubernetes.io/dockerconfigjson") {
    require(".dockerconfigjson");
  } else if (type == "kubernetes.io/basic-auth") {
    if (!data.contains("username") && !data.contains("password")) {
      require("username");
      require("password");
    }
  } else if (type == "kubernetes.io/ssh-auth") {
    if (data["ssh-privatekey"].text().empty()) errors.required(at.key("ssh-privatekey"));
  } else if (type == "kubernetes.io/tls") {
    require("tls.crt");
    require("tls.key");
  }
}

void validate_secret(const Value& object, FieldErrors& errors) {
  const int64_t bytes = check_keys(errors, Place("data"), object["data"], true);
  if (bytes > kBytesMost) errors.too_long(Place("data"), kBytesMost);
  check_secret_type(errors, object);
}

void check_frozen(FieldErrors& errors, const Value& object, const Value& old) {
  if (!old["immutable"].truth()) return;
  if (!object["immutable"].truth()) errors.forbidden(Place("immutable"), kFrozen);
  for (const std::string_view field : {"data", "binaryData"}) {
    const bool both_empty = object[field].is_zero() && old[field].is_zero();
    if (object[field] != old[field] && !both_empty) errors.forbidden(Place(field), kFrozen);
  }
}

void validate_config_map_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_frozen(errors, object, old);
}

void validate_secret_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_unchanged(errors, Place("type"), object["type"], old["type"]);
  check_frozen(errors, object, old);
}

}  // namespace

constinit const Strategy kConfigMap{
    .validate = validate_config_map,
    .validate_update = validate_config_map_update,
};

constinit const Strategy kSecret{
    .defaults = default_secret,
    .validate = validate_secret,
    .validate_update = validate_secret_update,
};

}  // namespace sim::k8s::strategies
