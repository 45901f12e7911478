/** Style sheets are texts in a bundle for pages. */
declare module "*.css" {
  const text: string
  export default text
}
