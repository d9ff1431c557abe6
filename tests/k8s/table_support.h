// tests/k8s/table_support.h: rows of tables as a test reads them.

#pragma once

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/table.h"

namespace table_support {

using sim::json::Value;
using sim::k8s::KindInfo;

/// 2026-01-10T00:00:00Z
inline int64_t now_unix_ns() {
  return sim::k8s::parse_time("2026-01-10T00:00:00Z").value_or(0);
}

inline Value parsed(std::string_view text) {
  const sim::json::Parsed out = sim::json::parse(text);
  CHECK(out.error.empty());
  return out.value;
}

inline KindInfo kind_of(std::string_view group, std::string_view plural) {
  KindInfo kind;
  kind.group = group;
  kind.version = "v1";
  kind.plural = plural;
  return kind;
}

inline Value table_of(std::string_view group, std::string_view plural, std::string_view object,
                      sim::k8s::TableOptions options = {}) {
  options.now_unix_ns = now_unix_ns();
  const Value objects[] = {parsed(object)};
  return sim::k8s::table_of(kind_of(group, plural), objects, {}, options);
}

/// The cells of the only row, with bars between them. Numbers and truths have no quotes.
inline std::string row_of(std::string_view group, std::string_view plural,
                          std::string_view object) {
  std::string out;
  const Value table = table_of(group, plural, object);
  for (const Value& cell : table["rows"][0]["cells"].items()) {
    if (!out.empty()) out += " | ";
    out += cell.is_string() ? "'" + std::string(cell.text()) + "'" : cell.to_json();
  }
  return out;
}

/// The columns, with bars between them; those of -o wide have a star.
inline std::string columns_of(std::string_view group, std::string_view plural) {
  std::string out;
  const Value table = table_of(group, plural, "{}");
  for (const Value& column : table["columnDefinitions"].items()) {
    if (!out.empty()) out += " | ";
    out += column["name"].text();
    if (column["priority"].integer() > 0) out += '*';
  }
  return out;
}

}  // namespace table_support
