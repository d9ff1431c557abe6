// The types that all API objects share, and the scalars.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1";

constexpr Field kManagedFieldsEntryFields[] = {
    {"apiVersion", &kText, "The version in which the fields are named."},
    {"fieldsType", &kText, "The format of the set of fields; always FieldsV1."},
    {"fieldsV1", &kFieldsV1, "The set of fields, as a tree."},
    {"manager", &kText, "The program that set them."},
    {"operation", &kManagedFieldsOperationType, "Apply or Update."},
    {"subresource", &kText, "The subresource they were set through, if any."},
    {"time", &kTime, "When one of them was last set."},
};
constexpr Schema kManagedFieldsEntry = object(
    kMeta, "ManagedFieldsEntry", "The fields that one manager has set by one kind of operation.",
    kManagedFieldsEntryFields);

constexpr Field kOwnerReferenceFields[] = {
    required({"apiVersion", &kText, "The owner's group and version."}),
    pointer({"blockOwnerDeletion", &kBool,
             "Whether a foreground deletion of the owner waits for this object."}),
    pointer(
        {"controller", &kBool, "Whether the owner is the controller that manages this object."}),
    required({"kind", &kText, "The owner's kind."}),
    required({"name", &kText, "The owner's name."}),
    required({"uid", &kUid, "The owner's UID."}),
};
constexpr Schema kOwnerReference = atomic(object(
    kMeta, "OwnerReference", "Names an owner in the same namespace, or one of the whole cluster.",
    kOwnerReferenceFields));

constexpr Schema kManagedFieldsEntryList = list_of(kManagedFieldsEntry);
constexpr Schema kOwnerReferenceList = list_of(kOwnerReference);
constexpr Field kObjectMetaFields[] = {
    {"annotations", &kTextMap, "Free text by key, for tools. Nothing can be selected by it."},
    {"creationTimestamp", &kTime, "When the object was stored first. Set by the server."},
    pointer({"deletionGracePeriodSeconds", &kInt64,
             "How many seconds the object may take to end once it is being deleted."}),
    {"deletionTimestamp", &kTime,
     "When the object is to be gone. Set by the server once a deletion was asked for."},
    merge_values(
        {"finalizers", &kTextList,
         "Who must do something before the object can go. It stays until this list is empty."}),
    {"generateName", &kText,
     "A prefix that the server completes to a unique name if none is given."},
    {"generation", &kInt64, "Counts changes of the wanted state. Set by the server."},
    {"labels", &kTextMap, "Words by key, by which objects are selected and grouped."},
    {"managedFields", &kManagedFieldsEntryList,
     "Which manager set which fields. Kept by the server for server-side apply."},
    {"name", &kText,
     "The name, unique among objects of one kind in one namespace. It cannot change."},
    {"namespace", &kText,
     "The namespace that the name lies in. Objects of the whole cluster have none."},
    merge_by("uid",
             {"ownerReferences", &kOwnerReferenceList,
              "The objects that this one depends on. Once all of them are gone it is collected."}),
    {"resourceVersion", &kText,
     "The version in the store, for watches and for updates that must not collide."},
    {"selfLink", &kText, "No longer filled in."},
    {"uid", &kUid, "An identifier that no other object, past or future, has. Set by the server."},
};
constexpr Schema kObjectMeta =
    object(kMeta, "ObjectMeta",
           "What every stored object has: its name, its identity, and what others attach to it.",
           kObjectMetaFields);

constexpr Field kListMetaFields[] = {
    {"continue", &kText, "The token that asks for the rest of a list which was cut."},
    pointer({"remainingItemCount", &kInt64, "About how many items the rest has."}),
    {"resourceVersion", &kText, "The version of the store that the list shows."},
    {"selfLink", &kText, "No longer filled in."},
};
constexpr Schema kListMeta =
    object(kMeta, "ListMeta", "What lists have in place of an object's metadata.", kListMetaFields);

constexpr Field kLabelSelectorRequirementFields[] = {
    required({"key", &kText, "The label's key."}),
    required({"operator", &kLabelSelectorOperator, "In, NotIn, Exists or DoesNotExist."}),
    {"values", &kTextList, "The values for In and NotIn; empty for the others."},
};
constexpr Schema kLabelSelectorRequirement =
    object(kMeta, "LabelSelectorRequirement", "A requirement on one label.",
           kLabelSelectorRequirementFields);

constexpr Schema kLabelSelectorRequirementList = list_of(kLabelSelectorRequirement);
constexpr Field kLabelSelectorFields[] = {
    {"matchExpressions", &kLabelSelectorRequirementList, "Requirements on labels."},
    {"matchLabels", &kTextMap, "Labels that an object must have with these values."},
};
constexpr Schema kLabelSelector = atomic(
    object(kMeta, "LabelSelector",
           "Selects objects by labels. All its parts must hold; an empty one selects everything.",
           kLabelSelectorFields));

constexpr Field kConditionFields[] = {
    required({"lastTransitionTime", &kTime, "When the status of the condition last changed."}),
    required({"message", &kText, "An explanation of the last change, for people."}),
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    required({"reason", &kText,
              "A CamelCase word for programs that says why the condition last changed."}),
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kText, "Which aspect the condition is about."}),
};
constexpr Schema kCondition =
    object(kMeta, "Condition", "One aspect of an object's current state.", kConditionFields);

constexpr Field kPreconditionsFields[] = {
    pointer({"resourceVersion", &kText, "The version that it must have."}),
    pointer({"uid", &kUid, "The UID that it must have."}),
};
constexpr Schema kPreconditions =
    object(kMeta, "Preconditions", "What must hold of an object before an operation on it.",
           kPreconditionsFields);

constexpr Field kDeleteOptionsFields[] = {
    kApiVersionField,
    {"dryRun", &kTextList, "With All the request is checked but nothing is stored."},
    pointer({"gracePeriodSeconds", &kInt64,
             "How many seconds the object may take to end; 0 deletes it at once."}),
    pointer({"ignoreStoreReadErrorWithClusterBreakingPotential", &kBool,
             "Whether an object that cannot be read is deleted all the same. Unsafe."}),
    kKindField,
    pointer({"orphanDependents", &kBool, "Deprecated in favour of propagationPolicy."}),
    {"preconditions", &kPreconditions, "What must hold of the object for the deletion to happen."},
    pointer({"propagationPolicy", &kDeletionPropagation,
             "What becomes of dependents: Orphan, Background or Foreground."}),
};
constexpr Schema kDeleteOptions =
    object(kMeta, "DeleteOptions", "How an object is to be deleted.", kDeleteOptionsFields);

constexpr Field kStatusCauseFields[] = {
    {"field", &kText, "The field that it lies in, as a path such as spec.replicas."},
    {"message", &kText, "What is wrong, for people."},
    {"reason", &kCauseType, "A word for programs that says what is wrong."},
};
constexpr Schema kStatusCause =
    object(kMeta, "StatusCause", "One cause of a failure.", kStatusCauseFields);

constexpr Schema kStatusCauseList = list_of(kStatusCause);
constexpr Field kStatusDetailsFields[] = {
    {"causes", &kStatusCauseList, "The single causes, such as each field that is invalid."},
    {"group", &kText, "The group of the object in question."},
    {"kind", &kText, "The kind of the object in question."},
    {"name", &kText, "The name of the object in question."},
    {"retryAfterSeconds", &kInt32, "After how many seconds to try again."},
    {"uid", &kUid, "The UID of the object in question."},
};
constexpr Schema kStatusDetails =
    object(kMeta, "StatusDetails", "More about why a request failed.", kStatusDetailsFields);

constexpr Field kStatusFields[] = {
    kApiVersionField,
    {"code", &kInt32, "The HTTP status code."},
    {"details", &kStatusDetails, "More about the failure, in a form for programs."},
    kKindField,
    {"message", &kText, "What happened, for people."},
    {"metadata", &kListMeta, "What lists have in place of an object's metadata."},
    {"reason", &kStatusReason, "A word for programs that says why the request failed."},
    {"status", &kText, "Success or Failure."},
};
constexpr Schema kStatus = object(
    kMeta, "Status", "The answer to a request that has no object to give, above all an error.",
    kStatusFields);

}  // namespace sim::k8s::types
