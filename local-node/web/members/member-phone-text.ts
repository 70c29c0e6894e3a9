/** `138 0013 8000`, as a Chinese mobile number is said; other numbers as E.164. */
export function spacedPhone(phone: string): string {
  return phone.replace(/^\+86(1\d\d)(\d{4})(\d{4})$/, '$1 $2 $3')
}
