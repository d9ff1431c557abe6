// sim/k8s/api/names.h: the forms of names and other short texts.
//
// Concept: each function gives what is wrong with a text, in Kubernetes' words; nothing if it is
// right. Source: Kubernetes' package util/validation; RFC 1123, RFC 1035.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::k8s::names {

using Problems = std::vector<std::string>;
/// One of the functions below.
using Form = Problems (*)(std::string_view text);

Problems dns_label(std::string_view text);
Problems dns_subdomain(std::string_view text);
/// With underscores, as in DNS search paths.
Problems dns_search_domain(std::string_view text);
/// The first character is a letter.
Problems dns_1035_label(std::string_view text);
Problems wildcard_dns_subdomain(std::string_view text);
/// What can be a part of a URL's path; roles are named so.
Problems path_segment(std::string_view text);
/// A label's key, and whatever has the form `example.com/Name`.
Problems qualified_name(std::string_view text);
Problems label_value(std::string_view text);
/// A key of a ConfigMap or Secret.
Problems config_key(std::string_view text);
Problems environment_name(std::string_view text);
Problems port_name(std::string_view text);
Problems http_header_name(std::string_view text);
Problems percentage(std::string_view text);

/// All of them in one text: "a; b".
std::string joined(const Problems& problems);

/// "must be between 1 and 65535, inclusive"
std::string range_text(int64_t least, int64_t most);
/// `msg (e.g. 'a',  or 'b', regex used for validation is '...')`
std::string pattern_text(std::string_view message, std::string_view pattern,
                         std::span<const std::string_view> examples);

/// Of a prefix that names are generated from: what stands for it in checks. A dash at the end is
/// no mistake.
std::string as_name(std::string_view prefix);

bool is_lower(char c);
bool is_digit(char c);
bool is_alphanumeric(char c);
std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace sim::k8s::names
