#include "sim/grpc/metadata.h"

#include "sim/grpc/status.h"

namespace sim::grpc {
namespace {

bool is_reserved(std::string_view name) {
  if (name.starts_with("grpc-") || name.starts_with(':')) return true;
  for (const char* used : {"content-type", "te", "user-agent", "date", "content-length"}) {
    if (name == used) return true;
  }
  return false;
}

// Of the reserved ones, those that a program may see and set all the same.
bool is_passed(std::string_view name) {
  return !is_reserved(name) || name == "grpc-previous-rpc-attempts" ||
         name == "grpc-retry-pushback-ms";
}

}  // namespace

std::string_view Metadata::get(std::string_view key) const {
  for (const auto& [name, value] : pairs_) {
    if (name == key) return value;
  }
  return {};
}

bool Metadata::has(std::string_view key) const {
  for (const auto& [name, value] : pairs_) {
    if (name == key) return true;
  }
  return false;
}

void Metadata::add(std::string_view key, std::string_view value) {
  std::string name(key);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  pairs_.emplace_back(std::move(name), value);
}

void Metadata::take(const http2::Fields& fields) {
  for (const http2::HeaderFieldView field : fields) {
    if (!is_passed(field.name) && field.name != "user-agent") continue;
    if (!field.name.ends_with("-bin")) {
      pairs_.emplace_back(field.name, field.value);
      continue;
    }
    // Several values may share a field. Source: PROTOCOL-HTTP2.md.
    std::string_view rest = field.value;
    while (true) {
      const size_t comma = rest.find(',');
      if (auto bytes = base64_decode(rest.substr(0, comma))) {
        pairs_.emplace_back(field.name, *std::move(bytes));
      }
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
}

void Metadata::append_to(std::vector<http2::HeaderFieldView>& fields,
                         std::deque<std::string>& texts) const {
  for (const auto& [name, value] : pairs_) {
    if (!is_passed(name)) continue;
    if (name.ends_with("-bin")) {
      texts.push_back(base64_encode(value));
      fields.push_back({name, texts.back()});
    } else {
      fields.push_back({name, value});
    }
  }
}

}  // namespace sim::grpc
