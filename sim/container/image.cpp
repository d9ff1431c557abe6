#include "sim/container/image.h"

#include <cstddef>
#include <utility>

#include "engine/task/print.h"
#include "engine/world/check.h"
#include "sim/net/certificate.h"

namespace sim::container {
namespace {

/// Writes an object; a comma before each member but the first.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  /// Where the value of `key` is to be written.
  std::string& member(std::string_view key);

 private:
  std::string& out_;
  bool first_ = true;
};

void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string& JsonObject::member(std::string_view key) {
  if (!first_) out_ += ',';
  first_ = false;
  append_string(out_, key);
  out_ += ':';
  return out_;
}

/// A list of what `append(out, element)` writes.
template <class List, class F>
void append_list(std::string& out, const List& list, F append) {
  out += '[';
  bool first = true;
  for (const auto& element : list) {
    if (!first) out += ',';
    first = false;
    append(out, element);
  }
  out += ']';
}

void append_text(JsonObject& object, std::string_view key, std::string_view value) {
  if (!value.empty()) append_string(object.member(key), value);
}

void append_texts(JsonObject& object, std::string_view key, const std::vector<std::string>& list) {
  if (list.empty()) return;
  append_list(object.member(key), list,
              [](std::string& out, const std::string& text) { append_string(out, text); });
}

void append_number(JsonObject& object, std::string_view key, int64_t value) {
  if (value != 0) engine::append_operand(object.member(key), value);
}

void append_healthcheck(std::string& out, const HealthCheck& check) {
  JsonObject object(out);
  append_texts(object, "Test", check.test);
  append_number(object, "Interval", check.interval.ns);
  append_number(object, "Timeout", check.timeout.ns);
  append_number(object, "StartPeriod", check.start_period.ns);
  append_number(object, "StartInterval", check.start_interval.ns);
  append_number(object, "Retries", check.retries);
}

/// The part that says how to run the image.
void append_run_config(std::string& out, const ImageConfig& config) {
  JsonObject object(out);
  append_text(object, "User", config.user);
  if (!config.exposed_ports.empty()) {
    JsonObject ports(object.member("ExposedPorts"));
    for (const std::string& port : config.exposed_ports) ports.member(port) += "{}";
  }
  append_texts(object, "Env", config.env);
  append_texts(object, "Entrypoint", config.entrypoint);
  append_texts(object, "Cmd", config.cmd);
  if (config.healthcheck) append_healthcheck(object.member("Healthcheck"), *config.healthcheck);
  append_text(object, "WorkingDir", config.working_dir);
  if (!config.labels.empty()) {
    JsonObject labels(object.member("Labels"));
    for (const auto& [key, value] : config.labels) append_string(labels.member(key), value);
  }
  append_text(object, "StopSignal", config.stop_signal);
}

void append_history(std::string& out, const History& step) {
  JsonObject object(out);
  append_string(object.member("created"), net::rfc3339(step.created_s));
  append_text(object, "created_by", step.created_by);
  append_text(object, "comment", step.comment);
  if (step.empty_layer) object.member("empty_layer") += "true";
}

/// Whether `entry` of an environment sets `key`.
bool sets(std::string_view entry, std::string_view key) {
  return entry.substr(0, entry.find('=')) == key;
}

}  // namespace

HealthCheck HealthCheck::with_defaults() const {
  HealthCheck out = *this;
  if (out.interval.ns == 0) out.interval = 30 * engine::kSecond;
  if (out.timeout.ns == 0) out.timeout = 30 * engine::kSecond;
  if (out.start_interval.ns == 0) out.start_interval = 5 * engine::kSecond;
  if (out.retries == 0) out.retries = 3;
  return out;
}

std::optional<std::string> ImageConfig::env_value(std::string_view key) const {
  for (const std::string& entry : env) {
    if (sets(entry, key)) {
      return entry.size() > key.size() ? entry.substr(key.size() + 1) : std::string();
    }
  }
  return std::nullopt;
}

void ImageConfig::set_env(std::string_view key, std::string_view value) {
  std::string set(key);
  set += '=';
  set += value;
  for (std::string& entry : env) {
    if (sets(entry, key)) {
      entry = std::move(set);
      return;
    }
  }
  env.push_back(std::move(set));
}

std::string ImageConfig::json() const {
  std::string out;
  {
    JsonObject object(out);
    append_string(object.member("architecture"), architecture);
    append_run_config(object.member("config"), *this);
    append_string(object.member("created"), net::rfc3339(created_s));
    append_list(object.member("history"), history, append_history);
    append_string(object.member("os"), os);
    JsonObject rootfs(object.member("rootfs"));
    append_string(rootfs.member("type"), "layers");
    append_list(rootfs.member("diff_ids"), diff_ids, [](std::string& list, const Digest& digest) {
      append_string(list, digest.text());
    });
  }
  return out;
}

Digest chain_id(std::span<const Digest> diff_ids) {
  Digest chain;
  for (size_t i = 0; i < diff_ids.size(); ++i) {
    chain = i == 0 ? diff_ids[i] : sha256(chain.text() + ' ' + diff_ids[i].text());
  }
  return chain;
}

Image::Image(ImageConfig config, engine::Ref<LayerStack> stack)
    : config_(std::move(config)), stack_(std::move(stack)), id_(sha256(config_.json())) {
  const auto layers = stack_->layers();
  ENGINE_CHECK(layers.size() == config_.diff_ids.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    ENGINE_CHECK(layers[i]->diff_id() == config_.diff_ids[i]);
  }
}

}  // namespace sim::container
