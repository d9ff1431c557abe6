// Definitions of custom resources.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kExtensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

// The types of arguments that are a schema or a truth, a schema or a list of them.
constexpr Schema kSchemaOrBool = {
    .type = Schema::Type::kAny, .name = "JSONSchemaPropsOrBool", .package = kExtensions};
constexpr Schema kSchemaOrArray = {
    .type = Schema::Type::kAny, .name = "JSONSchemaPropsOrArray", .package = kExtensions};
constexpr Schema kJson = {.type = Schema::Type::kAny, .name = "JSON", .package = kExtensions};
constexpr Schema kJsonList = list_of(kJson);
constexpr Schema kSchemaList = list_of(kJSONSchemaProps);
constexpr Schema kSchemaMap = map_of(kJSONSchemaProps);
constexpr Schema kDependencies = map_of(kJson);

constexpr Field kExternalDocumentationFields[] = {
    {"description", &kText, "What is to be found there."},
    {"url", &kText, "Where it is."},
};
constexpr Schema kExternalDocumentation =
    object(kExtensions, "ExternalDocumentation", "Documentation that lies elsewhere.",
           kExternalDocumentationFields);

constexpr Field kValidationRuleFields[] = {
    {"fieldPath", &kText, "The field that the error is reported for."},
    {"message", &kText, "What is said if the rule does not hold."},
    {"messageExpression", &kText, "An expression that gives the message."},
    pointer({"optionalOldSelf", &kBool, "Whether the rule holds for new objects too."}),
    pointer({"reason", &kText, "A word for programs that says what is wrong."}),
    required({"rule", &kText, "A CEL expression that must be true."}),
};
constexpr Schema kValidationRule =
    object(kExtensions, "ValidationRule", "A rule for a value, in CEL.", kValidationRuleFields);
constexpr Schema kValidationRuleList = list_of(kValidationRule);

constexpr Field kJSONSchemaPropsFields[] = {
    pointer({"$ref", &kText, "Must be empty."}),
    {"$schema", &kText, "The dialect of the schema."},
    {"additionalItems", &kSchemaOrBool, "Must be empty."},
    {"additionalProperties", &kSchemaOrBool, "The schema of members by any name."},
    {"allOf", &kSchemaList, "Schemas that must all hold."},
    {"anyOf", &kSchemaList, "Schemas of which one must hold at least."},
    {"default", &kJson, "The value of the field if none is given."},
    {"definitions", &kSchemaMap, "Must be empty."},
    {"dependencies", &kDependencies, "Must be empty."},
    {"description", &kText, "What the field is, for people."},
    {"enum", &kJsonList, "All values that are allowed."},
    {"example", &kJson, "A value to show."},
    {"exclusiveMaximum", &kBool, "Whether the maximum itself is too much."},
    {"exclusiveMinimum", &kBool, "Whether the minimum itself is too little."},
    {"externalDocs", &kExternalDocumentation, "Documentation that lies elsewhere."},
    {"format", &kText, "The form of a string or number, such as int32 or date-time."},
    {"id", &kText, "Must be empty."},
    {"items", &kSchemaOrArray, "The schema of items."},
    pointer({"maxItems", &kInt64, "The most items."}),
    pointer({"maxLength", &kInt64, "The most characters."}),
    pointer({"maxProperties", &kInt64, "The most members."}),
    pointer({"maximum", &kFloat, "The greatest number."}),
    pointer({"minItems", &kInt64, "The fewest items."}),
    pointer({"minLength", &kInt64, "The fewest characters."}),
    pointer({"minProperties", &kInt64, "The fewest members."}),
    pointer({"minimum", &kFloat, "The least number."}),
    pointer({"multipleOf", &kFloat, "What numbers must be a multiple of."}),
    {"not", &kJSONSchemaProps, "A schema that must not hold."},
    {"nullable", &kBool, "Whether null is allowed."},
    {"oneOf", &kSchemaList, "Schemas of which just one must hold."},
    {"pattern", &kText, "A regular expression that strings must match."},
    {"patternProperties", &kSchemaMap, "Must be empty."},
    {"properties", &kSchemaMap, "The schemas of members, by name."},
    {"required", &kTextList, "The members that must be there."},
    {"title", &kText, "A short name, for people."},
    {"type", &kText, "object, array, string, integer, number or boolean."},
    {"uniqueItems", &kBool, "Must be false."},
    {"x-kubernetes-embedded-resource", &kBool, "Whether the value is a whole API object."},
    {"x-kubernetes-int-or-string", &kBool, "Whether the value is a whole number or a string."},
    {"x-kubernetes-list-map-keys", &kTextList, "The fields that tell the items of a map apart."},
    pointer({"x-kubernetes-list-type", &kText, "atomic, set or map."}),
    pointer({"x-kubernetes-map-type", &kText, "granular or atomic."}),
    pointer({"x-kubernetes-preserve-unknown-fields", &kBool,
             "Whether members without a schema are kept."}),
    merge_by("rule", {"x-kubernetes-validations", &kValidationRuleList, "Rules in CEL."}),
};
constexpr Schema kJSONSchemaProps =
    object(kExtensions, "JSONSchemaProps", "A JSON schema of one value.", kJSONSchemaPropsFields);

constexpr Field kValidationFields[] = {
    {"openAPIV3Schema", &kJSONSchemaProps, "The schema of the objects."},
};
constexpr Schema kValidation =
    object(kExtensions, "CustomResourceValidation", "How objects are checked.", kValidationFields);

constexpr Schema kStatusSubresource = {
    .type = Schema::Type::kObject,
    .name = "CustomResourceSubresourceStatus",
    .package = kExtensions,
    .about = "Objects have a status that is written apart from the rest.",
    .keeps_unknown = true};
constexpr Field kScaleSubresourceFields[] = {
    pointer({"labelSelectorPath", &kText, "Where a selector of the pods stands, as text."}),
    required({"specReplicasPath", &kText,
              "Where the wanted number stands, such as "
              ".spec.replicas."}),
    required({"statusReplicasPath", &kText, "Where the number stands that there is."}),
};
constexpr Schema kScaleSubresource =
    object(kExtensions, "CustomResourceSubresourceScale",
           "Objects can be scaled as if they were a workload.", kScaleSubresourceFields);
constexpr Field kSubresourcesFields[] = {
    {"scale", &kScaleSubresource, "Whether and how objects can be scaled."},
    {"status", &kStatusSubresource, "Whether the status is written apart from the rest."},
};
constexpr Schema kSubresources = object(kExtensions, "CustomResourceSubresources",
                                        "Which subresources objects have.", kSubresourcesFields);

constexpr Field kColumnFields[] = {
    {"description", &kText, "What the column shows."},
    {"format", &kText, "The form of the values, such as int32."},
    required({"jsonPath", &kText, "The field to show, as a path such as .spec.size."}),
    required({"name", &kText, "The column's title."}),
    {"priority", &kInt32, "0, or more to show it only in wide output."},
    required({"type", &kText, "string, integer, number, boolean or date."}),
};
constexpr Schema kColumn = object(kExtensions, "CustomResourceColumnDefinition",
                                  "A column of kubectl get.", kColumnFields);
constexpr Schema kColumnList = list_of(kColumn);

constexpr Field kSelectableFieldFields[] = {
    required({"jsonPath", &kText, "The field, as a path such as .spec.color."}),
};
constexpr Schema kSelectableField =
    object(kExtensions, "SelectableField", "A field that field selectors may use.",
           kSelectableFieldFields);
constexpr Schema kSelectableFieldList = list_of(kSelectableField);

constexpr Field kVersionFields[] = {
    {"additionalPrinterColumns", &kColumnList, "Columns of kubectl get; the age by default."},
    {"deprecated", &kBool, "Whether using the version gives a warning."},
    pointer({"deprecationWarning", &kText, "What that warning says."}),
    required({"name", &kText, "The version, such as v1beta1."}),
    {"schema", &kValidation, "How objects are checked, pruned and given defaults."},
    {"selectableFields", &kSelectableFieldList, "Fields that field selectors may use."},
    required({"served", &kBool, "Whether the server offers the version."}),
    required({"storage", &kBool, "Whether objects are stored in it; true for just one."}),
    {"subresources", &kSubresources, "Which subresources objects have."},
};
constexpr Schema kVersion = object(kExtensions, "CustomResourceDefinitionVersion",
                                   "One version of a custom resource.", kVersionFields);
constexpr Schema kVersionList = list_of(kVersion);

constexpr Schema kWebhookConversion = opaque(kExtensions, "WebhookConversion");
constexpr Field kConversionFields[] = {
    required({"strategy", &kText, "None to change only apiVersion, or Webhook."}),
    {"webhook", &kWebhookConversion, "Whom to ask, for the strategy Webhook."},
};
constexpr Schema kConversion =
    object(kExtensions, "CustomResourceConversion", "How objects get from one version to another.",
           kConversionFields);

constexpr Field kNamesFields[] = {
    {"categories", &kTextList, "Words such as all that stand for several resources."},
    required({"kind", &kText, "The kind in CamelCase."}),
    {"listKind", &kText, "The kind of lists; the kind and List by default."},
    required({"plural", &kText, "The name in paths, in lower case."}),
    {"shortNames", &kTextList, "Abbreviations for kubectl."},
    {"singular", &kText, "The name of one; the kind in lower case by default."},
};
constexpr Schema kNames = object(kExtensions, "CustomResourceDefinitionNames",
                                 "What a custom resource is called.", kNamesFields);

constexpr Field kDefinitionSpecFields[] = {
    {"conversion", &kConversion, "How objects get from one version to another."},
    required({"group", &kText, "The group, such as stable.example.com."}),
    required({"names", &kNames, "What the resource is called."}),
    {"preserveUnknownFields", &kBool, "Must be false."},
    required({"scope", &kText, "Namespaced or Cluster."}),
    required({"versions", &kVersionList, "The versions of the resource."}),
};
constexpr Schema kDefinitionSpec = object(kExtensions, "CustomResourceDefinitionSpec",
                                          "What a custom resource is.", kDefinitionSpecFields);

constexpr Field kDefinitionConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kText, "True, False or Unknown."}),
    required({"type", &kText, "Established, NamesAccepted, NonStructuralSchema or Terminating."}),
};
constexpr Schema kDefinitionCondition =
    object(kExtensions, "CustomResourceDefinitionCondition", "One aspect of a definition's state.",
           kDefinitionConditionFields);
constexpr Schema kDefinitionConditionList = list_of(kDefinitionCondition);

constexpr Field kDefinitionStatusFields[] = {
    {"acceptedNames", &kNames, "The names that are in use."},
    keyed_by("type", {"conditions", &kDefinitionConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"storedVersions", &kTextList, "All versions in which objects were ever stored."},
};
constexpr Schema kDefinitionStatus =
    object(kExtensions, "CustomResourceDefinitionStatus", "What is known of a definition.",
           kDefinitionStatusFields);

constexpr Field kCustomResourceDefinitionFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    required({"spec", &kDefinitionSpec, "The state that is wanted."}),
    {"status", &kDefinitionStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kCustomResourceDefinition =
    object(kExtensions, "CustomResourceDefinition",
           "Makes the API server offer a resource of your own.", kCustomResourceDefinitionFields);

}  // namespace sim::k8s::types
