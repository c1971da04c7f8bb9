Attribute VB_Name = "WbShell"
Option Explicit
Option VBASupport 1
' The twin of macros/WbShell.bas for LibreOffice: the driver says beforehand what a person would answer, and reads
' afterwards what the windows would have shown. Basic's own Shell waits when its last argument is True.

Private Said As String
Private FolderReply As String
Private TextReply As String
Private YesReply As Boolean

Public Sub Prepare(ByVal folder As String, ByVal text As String, ByVal yes As Boolean)
    Said = ""
    FolderReply = folder
    TextReply = text
    YesReply = yes
End Sub

Public Function GetSaid() As String
    GetSaid = Said
End Function

Public Function NotePath() As String
    NotePath = Environ("APPDATA") & "/workbook_builder/addin.txt"
End Function

Public Function ResultPath() As String
    ResultPath = Environ("APPDATA") & "/result of Wb.txt"
End Function

Public Function CopyPath(ByVal name As String) As String
    CopyPath = Environ("APPDATA") & "/copy of Wb.xlsx"
End Function

' Its own SaveCopyAs writes the format of Excel 97.
Public Sub SaveCopy(ByVal book As Workbook, ByVal path As String)
    Dim how(0) As New com.sun.star.beans.PropertyValue
    how(0).Name = "FilterName"
    how(0).Value = "Calc MS Excel 2007 XML"
    StarDesktop.getCurrentComponent().storeToURL(ConvertToURL(path), how())
End Sub

Public Function IsFile(ByVal path As String) As Boolean
    IsFile = Len(Dir(path)) > 0
End Function

Public Sub RunAndWait(ByVal program As String, ByVal arguments As String)
    Shell program, 2, arguments, True
End Sub

Public Function WindowHandle() As String
    WindowHandle = "0"
End Function

Public Sub Say(ByVal text As String, ByVal isError As Boolean)
    Said = Said & IIf(isError, "error: ", "message: ") & text & Chr(10)
End Sub

Public Function AskYesNo(ByVal prompt As String) As Boolean
    Said = Said & "yes or no: " & prompt & Chr(10)
    AskYesNo = YesReply
End Function

Public Function AskText(ByVal prompt As String, ByVal proposal As String) As String
    Said = Said & "text: " & prompt & Chr(10)
    AskText = IIf(Len(TextReply) > 0, TextReply, proposal)
End Function

Public Function AskFolder(ByVal prompt As String) As String
    Said = Said & "folder: " & prompt & Chr(10)
    AskFolder = FolderReply
End Function
