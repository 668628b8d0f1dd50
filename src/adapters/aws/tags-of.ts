/** Tags as AWS lists them. */
export const tagsOf = (
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Readonly<Record<string, string>> => Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
