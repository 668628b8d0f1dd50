/** Forms an answer is asked for in: metadata alone keeps the values of Secrets where they are. */
export const ONE_METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const LIST_METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
