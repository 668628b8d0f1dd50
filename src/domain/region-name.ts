/**
 * Whether a text may stand for a Region in a host name: any one label will do, FIPS pseudo-regions and unknown names
 * included. Anything else would put requests signed by a role of ours on a host that a store's author chose.
 */
export const isRegionName = (text: string): boolean => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(text);
