// Configuration: config maps, secrets, service accounts.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// Decodes base64; what is malformed is left out.
std::string decoded(std::string_view base64) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : base64) {
    const size_t digit = kLetters.find(c);
    if (digit == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

void describe_config_map(Page& page, const Value& object) {
  page.title(object);
  page.labels_and_annotations(object);
  page.write("\nData\n====\n");
  for (const json::Member& entry : object["data"].members()) {
    page.write(entry.name(), ":\n----\n");
    page.write(entry.value.text(), "\n\n");
  }
  page.write("\nBinaryData\n====\n");
  for (const json::Member& entry : object["binaryData"].members()) {
    page.write(entry.name(), ": ", decoded_size(entry.value.text()), " bytes\n");
  }
  page.write("\n");
  page.events();
}

void describe_secret(Page& page, const Value& object) {
  const std::string_view type = object["type"].text();
  page.title(object);
  page.labels_and_annotations(object);
  page.write("\nType:\t", type, "\n");
  page.write("\nData\n====\n");
  for (const json::Member& entry : object["data"].members()) {
    const std::string_view text = entry.value.text();
    if (entry.name() == "token" && type == "kubernetes.io/service-account-token") {
      page.field(0, entry.name(), decoded(text));
    } else {
      page.field(0, entry.name(), decoded_size(text), " bytes");
    }
  }
}

// Names of secrets, one a line; those that do not exist are marked.
void describe_names(Page& page, std::string_view heading, const std::vector<std::string>& names) {
  if (names.empty()) return page.line(0, heading, "\t<none>");
  constexpr std::string_view kBlank = "                   ";
  const std::vector<Value>& known = page.related().secrets;
  std::string_view before = heading;
  for (const std::string& name : names) {
    const bool exists = std::any_of(known.begin(), known.end(),
                                    [&](const Value& secret) { return name_of(secret) == name; });
    page.line(0, before, "\t", name, exists ? "" : " (not found)");
    before = kBlank;
  }
}

std::vector<std::string> names_in(const Value& references) {
  std::vector<std::string> out;
  for (const Value& reference : references.items()) out.emplace_back(reference["name"].text());
  return out;
}

void describe_service_account(Page& page, const Value& object) {
  std::vector<std::string> tokens;
  for (const Value& secret : page.related().secrets) {
    const bool is_its =
        secret["type"].text() == "kubernetes.io/service-account-token" &&
        annotation_of(secret, "kubernetes.io/service-account.name") == name_of(object) &&
        annotation_of(secret, "kubernetes.io/service-account.uid") == uid_of(object);
    if (is_its) tokens.emplace_back(name_of(secret));
  }
  page.title(object);
  page.labels_and_annotations(object);
  describe_names(page, "Image pull secrets:", names_in(object["imagePullSecrets"]));
  describe_names(page, "Mountable secrets: ", names_in(object["secrets"]));
  describe_names(page, "Tokens:            ", tokens);
  page.events();
}

}  // namespace

bool describe_config_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "ConfigMap") {
    describe_config_map(page, object);
  } else if (kind == "Secret") {
    describe_secret(page, object);
  } else if (kind == "ServiceAccount") {
    describe_service_account(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
